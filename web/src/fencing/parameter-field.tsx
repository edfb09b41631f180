import type { ReactNode } from "react";
import { isSecretParameter } from "../../../src/contract/fence-kinds.ts";
import { ChoiceField } from "../parts/choice-field.tsx";
import { LineField } from "../parts/line-field.tsx";
import type { DeviceParameter } from "./new-device.ts";

interface ParameterFieldProps {
  readonly parameter: DeviceParameter;
  /** What the kind sets it to. */
  readonly preset: string | undefined;
  readonly value: string;
  readonly set: (value: string) => void;
}

/** A parameter of a fence agent, with what the agent says of it. */
export function ParameterField({ parameter, preset, value, set }: ParameterFieldProps): ReactNode {
  const { name, short, type, choices, required } = parameter;
  const usual = preset ?? (parameter.default === "" ? undefined : parameter.default);
  const field = { id: `parameter-${name}`, label: name, value, set };
  const allowed = type === "boolean" ? ["1", "0"] : choices;
  if (allowed.length > 0 && !isSecretParameter(name)) {
    const unset = usual === undefined ? "Not set" : `Not set: ${usual}`;
    return (
      <ChoiceField
        {...field}
        label={short === "" ? name : `${name}: ${short}`}
        words={[["", unset], ...allowed.map((one) => [one, one] as const)]}
      />
    );
  }
  const secret = isSecretParameter(name);
  const kept = secret ? "Kept on each node, and never shown again" : "";
  return (
    <LineField
      {...field}
      about={[short, kept].filter((words) => words !== "").join(". ")}
      isSecret={secret}
      isRequired={required && usual === undefined}
      placeholder={secret ? undefined : usual}
    />
  );
}
