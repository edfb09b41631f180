import { Checkbox, FormGroup } from "@patternfly/react-core";
import type { ReactNode } from "react";
import type { FenceKindAnswer } from "../api/cluster-answers.ts";
import { useCluster } from "../app/console-context.ts";
import { LineField } from "../parts/line-field.tsx";
import type { NewDevice } from "./new-device.ts";

interface DeviceHostsProps {
  readonly hosts: NewDevice["hosts"];
  readonly outlet: FenceKindAnswer["plug"];
  readonly set: (hosts: NewDevice["hosts"]) => void;
}

const outletHelp = {
  number: "The number of its outlet; of a server with several: all of them, with commas between",
  name: "What the device calls it; empty: as the node is called. Several with commas between",
  none: "",
} as const;

/** The servers that a device switches, and what each is called there. */
export function DeviceHosts({ hosts, outlet, set }: DeviceHostsProps): ReactNode {
  const nodes = useCluster().status?.nodes.filter(({ type }) => type === "member") ?? [];
  const choose = (name: string, isChosen: boolean): void => {
    const { [name]: _, ...others } = hosts;
    set(isChosen ? { ...others, [name]: "" } : others);
  };
  return (
    <FormGroup role="group" label="Servers" fieldId="device-servers">
      <p className="haven-small">
        {outlet === "none"
          ? "Those that it switches. Where each has a device of its own, with another address: one at a time"
          : "Those that it switches"}
      </p>
      {nodes.map(({ name }) => (
        <div key={name} className="haven-host">
          <Checkbox
            id={`host-${name}`}
            label={name}
            isChecked={hosts[name] !== undefined}
            onChange={(_, isChosen) => choose(name, isChosen)}
          />
          {hosts[name] === undefined || outlet === "none" ? null : (
            <LineField
              id={`outlet-${name}`}
              label={`Outlet of ${name}`}
              about={outletHelp[outlet]}
              value={hosts[name]}
              set={(text) => set({ ...hosts, [name]: text })}
            />
          )}
        </div>
      ))}
    </FormGroup>
  );
}
