import type { SnmpCredentials } from "../power/snmp-options.ts";
import type { SimulatedUser } from "./device/snmp-device.ts";
import { type LabNode, labAddresses, labNodes } from "./settings.ts";
import type { LabState } from "./state.ts";

/** A management module of the lab, and the nodes in its slots. */
export interface LabChassis {
  readonly name: "chassis1" | "chassis2";
  readonly model: "amm" | "cmm";
  readonly address: string;
  readonly slots: readonly { readonly slot: number; readonly node: LabNode }[];
  /** What Haven asks it with. */
  readonly credentials: SnmpCredentials;
  readonly community?: string;
  readonly user?: SimulatedUser;
  readonly logPath: string;
  readonly controlPath: string;
}

/**
 * The lab's two management modules: a BladeCenter AMM that speaks SNMP v2c with the first half of the nodes, and a
 * Flex System CMM that speaks v3 with the others.
 */
export function labChassis(state: LabState): readonly LabChassis[] {
  const { settings, secret } = state;
  const nodes = labNodes(settings);
  const { amm, cmm } = labAddresses(settings);
  const half = Math.ceil(nodes.length / 2);
  const slots = (own: readonly LabNode[]) => own.map((node, index) => ({ slot: index + 1, node }));
  const paths = (name: string) => ({
    logPath: `${settings.dir}/${name}.log`,
    controlPath: `${settings.dir}/${name}.sock`,
  });
  const community = `lab-${secret}`;
  const [authKey, privKey] = [`auth-${secret}`, `priv-${secret}`];
  return [
    {
      name: "chassis1",
      model: "amm",
      address: amm,
      slots: slots(nodes.slice(0, half)),
      credentials: { version: "2c", community },
      community,
      ...paths("chassis1"),
    },
    {
      name: "chassis2",
      model: "cmm",
      address: cmm,
      slots: slots(nodes.slice(half)),
      credentials: {
        version: "3",
        user: "haven",
        level: "authPriv",
        authProtocol: "SHA",
        authPassword: authKey,
        privProtocol: "AES",
        privPassword: privKey,
      },
      user: { name: "haven", level: "authPriv", authProtocol: "sha", authKey, privProtocol: "aes", privKey },
      ...paths("chassis2"),
    },
  ];
}
