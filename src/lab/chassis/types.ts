import type { ChassisModel } from "../../power/chassis-table.ts";

/** What the chassis needs to know of and do to the servers in its slots. All are called by host name. */
export interface ChassisHooks {
  /** Takes the power away: the server is dead when the promise resolves. */
  powerOff(host: string): Promise<void>;
  /** Gives it power: it boots; resolves when the boot has begun. */
  powerOn(host: string): Promise<void>;
  /** The power button: the server shuts down cleanly, or ignores it. Without it nothing answers the button. */
  softOff?(host: string): Promise<void>;
  /** Whether the server has power now. */
  isOn(host: string): boolean | Promise<boolean>;
}

export interface SimulatedSlot {
  /** The row of the table, 1 to 64. */
  readonly slot: number;
  readonly host: string;
  /** Default "HOST (SLOT)", as administrators label them. */
  readonly label?: string;
}

/** A user of SNMP v3. */
export interface SimulatedUser {
  readonly name: string;
  readonly level: "noAuthNoPriv" | "authNoPriv" | "authPriv";
  readonly authProtocol?: "md5" | "sha" | "sha224" | "sha256" | "sha384" | "sha512";
  readonly authKey?: string;
  readonly privProtocol?: "des" | "aes" | "aes256b" | "aes256r";
  readonly privKey?: string;
  /** May switch slots; default true. */
  readonly write?: boolean;
}

export interface ChassisSimulatorOptions {
  readonly model: ChassisModel;
  /** The address it listens on. */
  readonly address: string;
  /** Default 161; 0 takes a free one. */
  readonly port?: number;
  readonly slots: readonly SimulatedSlot[];
  readonly hooks: ChassisHooks;
  /** Communities that may read and write, for v1 and v2c. */
  readonly communities?: readonly string[];
  /** Communities that may only read. */
  readonly readCommunities?: readonly string[];
  readonly users?: readonly SimulatedUser[];
  /** One JSON line for each request is added to this file. */
  readonly logPath?: string;
  /** A unix socket on which faults are set while it runs. */
  readonly controlPath?: string;
  /** sysDescr, where it is not the model's own. */
  readonly signature?: string;
}

/**
 * How the chassis misbehaves. `slots` limits a fault to those rows, where it is about rows.
 *
 * - ack-stays-on: acknowledges every switching and does nothing, so that the state stays as it is
 * - lies-off: acknowledges "off", does nothing, and reads off from then on; slots not switched read the truth
 * - reads-off: reads off at once, while the servers run
 * - silent: answers nothing
 * - wrong-community: knows no community and no user any more
 * - slow: answers after `delayMs`
 * - flapping: the state alternates between on and off from one reading to the next
 * - garbage: the state is a value that no device knows (`value`, default 77)
 * - wrong-type: the state is a text
 * - wrong-oid: answers for another row than asked
 * - duplicate: sends every answer three times
 * - late: sends every answer, and once more after `delayMs`
 * - truncated: the table ends after its first row
 * - soft-off-ignored: the power button does nothing; hard off works
 * - refuses-set: answers every SET with an error
 */
export const faultModes = [
  "ack-stays-on",
  "lies-off",
  "reads-off",
  "silent",
  "wrong-community",
  "slow",
  "flapping",
  "garbage",
  "wrong-type",
  "wrong-oid",
  "duplicate",
  "late",
  "truncated",
  "soft-off-ignored",
  "refuses-set",
] as const;

export type FaultMode = (typeof faultModes)[number];

export interface ChassisFault {
  readonly mode: FaultMode;
  readonly slots?: readonly number[];
  readonly delayMs?: number;
  readonly value?: number;
}

/** One request as the log has it. */
export interface ChassisRequest {
  /** ISO 8601 with milliseconds. */
  readonly time: string;
  readonly source: string;
  readonly version: "1" | "2c" | "3";
  /** The community (v1, v2c) or the user (v3) that asked. */
  readonly principal: string;
  readonly pdu: "GetRequest" | "GetNextRequest" | "GetBulkRequest" | "SetRequest";
  readonly varbinds: readonly { readonly oid: string; readonly value?: number | string }[];
  /** The fault that was set, if any. */
  readonly fault?: FaultMode;
}

/** A running chassis. */
export interface ChassisSimulator {
  readonly address: string;
  readonly port: number;
  /** The requests so far, oldest first; at most the last 10,000. */
  requests(): readonly ChassisRequest[];
  /** Sets how it misbehaves; undefined heals it. */
  setFault(fault: ChassisFault | undefined): void;
  fault(): ChassisFault | undefined;
  /** Changes a slot's label. */
  relabel(slot: number, label: string): void;
  /** The state of each slot as the chassis tells it without a fault. */
  states(): Promise<ReadonlyMap<number, number>>;
  close(): Promise<void>;
}
