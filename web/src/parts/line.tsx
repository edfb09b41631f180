import type { ReactNode } from "react";
import { fieldId } from "./field-id.ts";
import { LineField, type LineFieldProps } from "./line-field.tsx";

/** A line of a form, known by its label. */
export function Line(props: Omit<LineFieldProps, "id">): ReactNode {
  return <LineField {...props} id={fieldId(props.label)} />;
}
