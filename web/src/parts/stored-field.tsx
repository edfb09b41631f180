import { type ReactNode, useState } from "react";
import { ChoiceField } from "./choice-field.tsx";
import { LineField, type LineFieldProps } from "./line-field.tsx";

interface StoredFieldProps extends Pick<LineFieldProps, "id" | "label" | "about" | "value" | "set"> {
  /** What there is, each with what is said of it. */
  readonly choices: readonly (readonly [string, string])[];
  /** What is said where nothing is chosen. */
  readonly none: string;
}

const other = "\n";

/** A path: one of what is in the storage, or another one that is written. */
export function StoredField({ choices, none, id, label, about, value, set }: StoredFieldProps): ReactNode {
  const isThere = choices.some(([path]) => path === value);
  const [wantsOther, setOther] = useState(false);
  const isOther = wantsOther || (value !== "" && !isThere);
  const line = <LineField {...{ id: `${id}-path`, label: `${label}, its path`, about, value, set }} />;
  if (choices.length === 0) return <LineField {...{ id, label, about, value, set }} />;
  return (
    <>
      <ChoiceField
        {...{ id, label }}
        value={isOther ? other : isThere ? value : ""}
        words={[["", none], ...choices, [other, "Another path"]]}
        set={(next) => {
          setOther(next === other);
          set(next === other ? "" : next);
        }}
      />
      {isOther ? line : null}
    </>
  );
}
