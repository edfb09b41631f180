import { existsSync } from "node:fs";
import { type LabNode, labNodes } from "./settings.ts";
import type { LabState } from "./state.ts";

/** A node's management controller. */
export interface LabBmc {
  /** "bmc-node1" */
  readonly name: string;
  readonly node: LabNode;
  readonly address: string;
  readonly username: string;
  readonly password: string;
  readonly dir: string;
  readonly controlPath: string;
}

/** The management controllers of a lab's nodes; none where its image is of a time before they were. */
export function labBmcs({ settings, image, secret }: LabState): readonly LabBmc[] {
  if (image === undefined || !existsSync(`${image}/usr/bin/ipmi_sim`)) return [];
  return labNodes(settings).map((node) => {
    const name = `bmc-${node.name}`;
    const dir = `${settings.dir}/bmc/${node.name}`;
    return {
      name,
      node,
      address: node.bmc,
      username: "haven",
      // IPMI 1.5 takes 16 characters.
      password: `bmc-${secret}`.slice(0, 16),
      dir,
      controlPath: `${dir}/control.sock`,
    };
  });
}
