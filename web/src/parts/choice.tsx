import { FormGroup, FormSelect, FormSelectOption } from "@patternfly/react-core";
import type { ReactNode } from "react";
import { fieldId } from "./field-id.ts";

interface ChoiceProps<T extends string> {
  readonly label: string;
  readonly value: T;
  /** Each with what is said of it. */
  readonly words: readonly (readonly [T, string])[];
  readonly set: (value: T) => void;
}

/** One of some words in a form. */
export function Choice<T extends string>({ label, value, words, set }: ChoiceProps<T>): ReactNode {
  const id = fieldId(label);
  const choose = (next: string): void => {
    const found = words.find(([word]) => word === next);
    if (found !== undefined) set(found[0]);
  };
  return (
    <FormGroup label={label} fieldId={id}>
      <FormSelect id={id} value={value} onChange={(_, next) => choose(next)}>
        {words.map(([word, about]) => (
          <FormSelectOption key={word} value={word} label={about} />
        ))}
      </FormSelect>
    </FormGroup>
  );
}
