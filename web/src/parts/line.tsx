import { FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput } from "@patternfly/react-core";
import type { ReactNode } from "react";
import { fieldId } from "./field-id.ts";

interface LineProps {
  readonly label: string;
  readonly about: string;
  /** Words to choose from, which need not be. */
  readonly words?: readonly string[];
  readonly isRequired?: boolean;
  readonly value: string;
  readonly set: (value: string) => void;
}

/** A line of text in a form, with what it is about. */
export function Line({ label, about, words, isRequired = false, value, set }: LineProps): ReactNode {
  const id = fieldId(label);
  return (
    <FormGroup label={label} fieldId={id} isRequired={isRequired}>
      <TextInput
        {...{ id, value, autoComplete: "off", spellCheck: "false", "aria-describedby": `${id}-about` }}
        {...(words === undefined ? {} : { list: `${id}-words` })}
        onChange={(_, next) => set(next)}
      />
      {words === undefined ? null : (
        <datalist id={`${id}-words`}>
          {words.map((word) => (
            <option key={word} value={word} />
          ))}
        </datalist>
      )}
      <FormHelperText>
        <HelperText id={`${id}-about`}>
          <HelperTextItem>{about}</HelperTextItem>
        </HelperText>
      </FormHelperText>
    </FormGroup>
  );
}
