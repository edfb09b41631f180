import type { ReactNode } from "react";
import { ChoiceField, type ChoiceFieldProps } from "./choice-field.tsx";
import { fieldId } from "./field-id.ts";

/** One of several words in a form, known by its label. */
export function Choice<T extends string>(props: Omit<ChoiceFieldProps<T>, "id">): ReactNode {
  return <ChoiceField {...props} id={fieldId(props.label)} />;
}
