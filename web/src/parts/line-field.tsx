import { FormGroup, FormHelperText, HelperText, HelperTextItem, TextInput } from "@patternfly/react-core";
import type { ReactNode } from "react";

export interface LineFieldProps {
  readonly id: string;
  readonly label: string;
  /** What belongs into it. */
  readonly about: string;
  readonly value: string;
  readonly set: (value: string) => void;
  /** A secret is not shown, and no browser keeps it. */
  readonly isSecret?: boolean;
  readonly isRequired?: boolean;
  /** What holds where it is left empty. */
  readonly placeholder?: string | undefined;
  /** Words to choose from, which need not be. */
  readonly words?: readonly string[] | undefined;
}

/** A line of a form, with what belongs into it. */
export function LineField({
  id,
  label,
  about,
  value,
  set,
  isSecret = false,
  isRequired = false,
  placeholder,
  words,
}: LineFieldProps): ReactNode {
  return (
    <FormGroup label={label} fieldId={id} isRequired={isRequired}>
      <TextInput
        {...{ id, value, isRequired, spellCheck: "false", "aria-describedby": `${id}-about` }}
        {...(isSecret ? { type: "password", autoComplete: "new-password" } : { autoComplete: "off" })}
        {...(placeholder === undefined ? {} : { placeholder })}
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
