import { type LabNode, labAddresses, labNodes } from "./settings.ts";
import type { LabState } from "./state.ts";

/** The power distribution unit of the lab. */
export interface LabPdu {
  readonly name: "pdu1";
  readonly address: string;
  /** What fence_apc_snmp asks it with; v1 and v2c. */
  readonly community: string;
  /** Two of each node, whose power supplies are in both banks. */
  readonly outlets: readonly { readonly outlet: number; readonly node: LabNode }[];
  readonly logPath: string;
  readonly controlPath: string;
}

/** The lab's APC PDU: node N is plugged into outlet N, and into outlet N of a second bank that begins with the ninth. */
export function labPdu({ settings, secret }: LabState): LabPdu {
  const nodes = labNodes(settings);
  const bank = Math.max(8, nodes.length);
  return {
    name: "pdu1",
    address: labAddresses(settings).pdu,
    community: `pdu-${secret}`,
    outlets: [0, bank].flatMap((first) => nodes.map((node) => ({ outlet: first + node.number, node }))),
    logPath: `${settings.dir}/pdu1.log`,
    controlPath: `${settings.dir}/pdu1.sock`,
  };
}
