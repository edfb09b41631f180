import type { Socket } from "node:dgram";
import type NetSnmp from "net-snmp";
import type { Agent, Remote, RequestMessage, Varbind } from "net-snmp";
import { type MibObject, type MibValue, objectAfter, objectAt } from "./mib-object.ts";
import type { SnmpRequest } from "./request-log.ts";
import type { SwitchedRows } from "./switched-rows.ts";

/** Switched rows as objects of SNMP, in the order of their names. */
export type SnmpRows = SwitchedRows & { objects(): readonly MibObject[] };

/** What the responder needs to know of its device. */
export interface ResponderContext {
  readonly library: typeof NetSnmp;
  readonly rows: SnmpRows;
  mayWrite(message: RequestMessage): boolean;
  record(request: SnmpRequest): void;
}

/**
 * Puts the device behind a net-snmp agent: the agent decodes, checks communities and users, and encodes; what the
 * objects are is answered here, since faults reach deeper than the agent's own tables let them.
 */
export function attachResponder(agent: Agent, context: ResponderContext): void {
  const handler = (socket: Socket, message: RequestMessage, remote: Remote): void => {
    context.record(describeRequest(message, remote, context));
    void respond(agent, socket, message, remote, context).catch((error: unknown) => {
      process.stderr.write(`snmp device: ${String(error)}\n`);
    });
  };
  for (const name of ["getRequest", "getNextRequest", "getBulkRequest", "setRequest"] as const) {
    agent[name] = handler;
  }
}

async function respond(
  agent: Agent,
  socket: Socket,
  message: RequestMessage,
  remote: Remote,
  context: ResponderContext,
): Promise<void> {
  const response = message.pdu.getResponsePduForRequest();
  const answer = await answerOf(message, context);
  response.varbinds = [...answer.varbinds];
  response.errorStatus = answer.error ?? 0;
  response.errorIndex = answer.index ?? 0;
  agent.sendResponse(socket, remote, message, response);
}

interface Answer {
  readonly varbinds: readonly Varbind[];
  readonly error?: number;
  readonly index?: number;
}

async function answerOf(message: RequestMessage, context: ResponderContext): Promise<Answer> {
  const { PduType } = context.library;
  const objects = context.rows.objects();
  if (message.pdu.type === PduType.SetRequest) return write(message, objects, context);
  const wanted =
    message.pdu.type === PduType.GetBulkRequest ? bulk(message, objects) : single(message, objects, context);
  return await read(message, wanted, context);
}

interface Wanted {
  readonly oid: string;
  readonly object: MibObject | undefined;
}

function single(
  { pdu }: RequestMessage,
  objects: readonly MibObject[],
  { library }: ResponderContext,
): readonly Wanted[] {
  const isNext = pdu.type === library.PduType.GetNextRequest;
  return pdu.varbinds.map(({ oid }) => ({
    oid,
    object: isNext ? objectAfter(objects, oid) : objectAt(objects, oid),
  }));
}

/** RFC 3416 section 4.2.3. */
function bulk({ pdu }: RequestMessage, objects: readonly MibObject[]): readonly Wanted[] {
  const { nonRepeaters = 0, maxRepetitions = 0 } = pdu;
  const after = ({ oid }: { readonly oid: string }): Wanted => ({ oid, object: objectAfter(objects, oid) });
  const wanted = pdu.varbinds.slice(0, nonRepeaters).map(after);
  let at: readonly { readonly oid: string }[] = pdu.varbinds.slice(nonRepeaters);
  for (let i = 0; i < Math.min(maxRepetitions, 50) && at.length > 0; i++) {
    const row = at.map(after);
    wanted.push(...row);
    at = row.map(({ oid, object }) => ({ oid: object?.oid ?? oid }));
    if (row.every(({ object }) => object === undefined)) break;
  }
  return wanted;
}

async function read(
  message: RequestMessage,
  wanted: readonly Wanted[],
  context: ResponderContext,
): Promise<Answer> {
  const { ErrorStatus, ObjectType, PduType, Version1 } = context.library;
  const varbinds: Varbind[] = [];
  for (const [i, { oid, object }] of wanted.entries()) {
    if (object === undefined && message.version === Version1) {
      return { varbinds: message.pdu.varbinds, error: ErrorStatus.NoSuchName ?? 2, index: i + 1 };
    }
    if (object === undefined) {
      const type =
        message.pdu.type === PduType.GetRequest ? ObjectType.NoSuchInstance : ObjectType.EndOfMibView;
      varbinds.push({ oid, type: type ?? 130, value: null });
      continue;
    }
    const value = await object.read();
    varbinds.push({ oid: nameIn(object, context), ...encoded(value, context) });
  }
  return { varbinds };
}

function encoded(value: MibValue, { library: { ObjectType } }: ResponderContext): Omit<Varbind, "oid"> {
  if (typeof value === "number") return { type: ObjectType.Integer ?? 2, value };
  if (typeof value === "string") return { type: ObjectType.OctetString ?? 4, value };
  return { type: ObjectType.OID ?? 6, value: value.name };
}

/** The name under which a value is answered: another row's with the fault wrong-oid. */
function nameIn({ oid, row }: MibObject, { rows }: ResponderContext): string {
  if (rows.fault?.mode !== "wrong-oid" || row === undefined) return oid;
  return oid.replace(/\d+$/, String(row + 1));
}

function write(message: RequestMessage, objects: readonly MibObject[], context: ResponderContext): Answer {
  const { ErrorStatus, ObjectType } = context.library;
  const { varbinds } = message.pdu;
  const refuse = (error: number | undefined, i: number): Answer => ({
    varbinds,
    error: error ?? 5,
    index: i + 1,
  });
  for (const [i, { oid, type, value }] of varbinds.entries()) {
    const object = objectAt(objects, oid);
    if (object === undefined) return refuse(ErrorStatus.NoSuchName, i);
    const { commands = [] } = object;
    if (commands.length === 0 || !context.mayWrite(message)) return refuse(ErrorStatus.NoAccess, i);
    if (type !== ObjectType.Integer) return refuse(ErrorStatus.WrongType, i);
    if (!commands.includes(Number(value))) return refuse(ErrorStatus.WrongValue, i);
    if (context.rows.fault?.mode === "refuses-set") return refuse(ErrorStatus.GeneralError, i);
  }
  for (const { oid, value } of varbinds) {
    const row = objectAt(objects, oid)?.row;
    if (row !== undefined) context.rows.write(row, Number(value));
  }
  return { varbinds };
}

function describeRequest(message: RequestMessage, remote: Remote, context: ResponderContext): SnmpRequest {
  const { PduType, Version1, Version3 } = context.library;
  const { pdu, version } = message;
  const isSet = pdu.type === PduType.SetRequest;
  const fault = context.rows.fault?.mode;
  return {
    time: new Date().toISOString(),
    source: `${remote.address}:${remote.port}`,
    version: version === Version3 ? "3" : version === Version1 ? "1" : "2c",
    principal: message.user?.name ?? message.community ?? "",
    pdu: (PduType[pdu.type] ?? "GetRequest") as SnmpRequest["pdu"],
    varbinds: pdu.varbinds.map(({ oid, value }) =>
      isSet && (typeof value === "number" || typeof value === "string") ? { oid, value } : { oid },
    ),
    ...(fault === undefined ? {} : { fault }),
  };
}
