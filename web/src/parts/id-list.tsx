import { FormGroup, FormSelect, FormSelectOption, Label, LabelGroup } from "@patternfly/react-core";
import type { ReactNode } from "react";
import { fieldId } from "./field-id.ts";

interface IdListProps {
  readonly label: string;
  /** Those that were chosen, in their order. */
  readonly ids: readonly string[];
  /** Those that there are. */
  readonly known: readonly string[];
  readonly set: (ids: readonly string[]) => void;
}

/** Several of those that there are, one chosen after the other. */
export function IdList({ label, ids, known, set }: IdListProps): ReactNode {
  const id = fieldId(label);
  const left = known.filter((one) => !ids.includes(one));
  return (
    <FormGroup label={label} fieldId={id}>
      {ids.length === 0 ? null : (
        <LabelGroup aria-label={label} numLabels={100}>
          {ids.map((one) => (
            <Label
              key={one}
              closeBtnAriaLabel={`Take out ${one}`}
              onClose={() => set(ids.filter((word) => word !== one))}
            >
              {one}
            </Label>
          ))}
        </LabelGroup>
      )}
      <FormSelect id={id} value="" onChange={(_, next) => (next === "" ? undefined : set([...ids, next]))}>
        {["", ...left].map((one) => (
          <FormSelectOption key={one} value={one} label={one === "" ? "Add one" : one} />
        ))}
      </FormSelect>
    </FormGroup>
  );
}
