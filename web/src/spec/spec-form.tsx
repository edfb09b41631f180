import {
  Form,
  FormGroup,
  FormHelperText,
  FormSelect,
  FormSelectOption,
  HelperText,
  HelperTextItem,
  TextInput,
} from "@patternfly/react-core";
import { type ReactNode, useState } from "react";
import { type FormField, formFields, placeOf, shownValue, writtenValue } from "./form-fields.ts";
import { type JsonSchema, schemaAbout, schemaChoices } from "./schema-choices.ts";
import { fieldsOf, setField } from "./set-field.ts";

interface SpecFormProps {
  readonly text: string;
  readonly isReadOnly: boolean;
  readonly schema: JsonSchema;
  readonly changed: (text: string) => void;
}

/** The usual fields of a specification as a form, which writes into the same text. */
export function SpecForm({ text, isReadOnly, schema, changed }: SpecFormProps): ReactNode {
  const fields = fieldsOf(text);
  return (
    <Form className="haven-spec-form" onSubmit={(event) => event.preventDefault()}>
      {formFields.map((field) => (
        <Field
          key={field.path.join(".")}
          {...{ field, schema, isReadOnly }}
          value={shownValue(field, fields)}
          set={(shown) => changed(setField(text, placeOf(field, fields), writtenValue(field, shown)))}
        />
      ))}
    </Form>
  );
}

interface FieldProps {
  readonly field: FormField;
  readonly value: string | undefined;
  readonly schema: JsonSchema;
  readonly isReadOnly: boolean;
  readonly set: (shown: string) => void;
}

function Field({ field, value, schema, isReadOnly, set }: FieldProps): ReactNode {
  const id = `spec-${field.path.join("-")}`;
  const about = schemaAbout(schema, field.path);
  const isDisabled = isReadOnly || value === undefined;
  const common = { id, isDisabled, "aria-describedby": `${id}-about` };
  return (
    <FormGroup label={field.label} fieldId={id}>
      {field.is === "choice" ? (
        <FormSelect {...common} value={value ?? ""} onChange={(_, next) => set(next)}>
          <FormSelectOption value="" label="Not said" />
          {schemaChoices(schema, { path: field.path, is: "value" }).map(({ word }) => (
            <FormSelectOption key={word} value={word} label={words[word] ?? word} />
          ))}
        </FormSelect>
      ) : (
        <Line {...common} value={value ?? ""} isSame={(line) => sameWords(field, line, value)} set={set} />
      )}
      <FormHelperText>
        <HelperText id={`${id}-about`}>
          <HelperTextItem>
            {value === undefined ? "It says more than the form can: see the text" : about}
            {field.is === "list" ? "; several with commas between" : ""}
          </HelperTextItem>
        </HelperText>
      </FormHelperText>
    </FormGroup>
  );
}

const words: Readonly<Record<string, string>> = { true: "yes", false: "no" };

interface LineProps {
  readonly id: string;
  readonly isDisabled: boolean;
  readonly "aria-describedby": string;
  readonly value: string;
  /** Whether what is being written means what is there. */
  readonly isSame: (line: string) => boolean;
  readonly set: (line: string) => void;
}

/** What is being written stays as it is written, a comma at the end too, as long as it means what the text says. */
function Line({ value, isSame, set, ...input }: LineProps): ReactNode {
  const [written, setWritten] = useState(value);
  return (
    <TextInput
      {...input}
      value={isSame(written) ? written : value}
      onChange={(_, next) => {
        setWritten(next);
        set(next);
      }}
    />
  );
}

function sameWords(field: FormField, line: string, value: string | undefined): boolean {
  return JSON.stringify(writtenValue(field, line)) === JSON.stringify(writtenValue(field, value ?? ""));
}
