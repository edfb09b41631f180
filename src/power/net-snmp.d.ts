/**
 * The part of net-snmp 3.29 that Haven uses, as its index.js has it; the package brings no types of its own.
 */
declare module "net-snmp" {
  import type { Socket, SocketType } from "node:dgram";

  export interface Varbind {
    readonly oid: string;
    readonly type?: number;
    readonly value?: unknown;
  }

  /** What a request callback gets: exactly one of the two. */
  export type ResponseCallback = (error: Error | null, varbinds?: readonly Varbind[]) => void;

  export interface User {
    readonly name: string;
    readonly level: number;
    readonly authProtocol?: number;
    readonly authKey?: string;
    readonly privProtocol?: number;
    readonly privKey?: string;
  }

  /** Stands in for node:dgram. */
  export interface DgramModule {
    createSocket(type: SocketType): Socket;
  }

  export interface SessionOptions {
    readonly port?: number;
    readonly retries?: number;
    readonly timeout?: number;
    readonly transport?: SocketType;
    readonly version?: number;
    readonly idBitsSize?: number;
    readonly reportOidMismatchErrors?: boolean;
    readonly backwardsGetNexts?: boolean;
    readonly strictIntRangeChecks?: boolean;
    readonly dgramModule?: DgramModule;
  }

  export interface Session {
    get(oids: readonly string[], callback: ResponseCallback): void;
    getNext(oids: readonly string[], callback: ResponseCallback): void;
    set(varbinds: readonly Varbind[], callback: ResponseCallback): void;
    close(): void;
    on(event: "error" | "close", listener: (error?: Error) => void): void;
  }

  export interface Remote {
    readonly address: string;
    readonly port: number;
  }

  export interface ResponsePdu {
    varbinds: Varbind[];
    errorStatus?: number;
    errorIndex?: number;
  }

  export interface RequestPdu {
    readonly type: number;
    readonly id: number;
    readonly varbinds: readonly Varbind[];
    readonly nonRepeaters?: number;
    readonly maxRepetitions?: number;
    getResponsePduForRequest(): ResponsePdu;
  }

  export interface RequestMessage {
    readonly version: number;
    readonly community?: string;
    readonly user?: User;
    readonly pdu: RequestPdu;
  }

  export interface Authorizer {
    addCommunity(community: string): void;
    addUser(user: User): void;
  }

  type RequestHandler = (socket: Socket, message: RequestMessage, remote: Remote) => void;

  export interface Agent {
    getAuthorizer(): Authorizer;
    getRequest: RequestHandler;
    getNextRequest: RequestHandler;
    getBulkRequest: RequestHandler;
    setRequest: RequestHandler;
    sendResponse(socket: Socket, remote: Remote, message: RequestMessage, response: ResponsePdu): void;
    close(callback?: () => void): void;
  }

  export interface AgentOptions {
    readonly port: number;
    readonly address: string;
    readonly transport?: SocketType;
    readonly engineID?: string;
    readonly disableAuthorization?: boolean;
    readonly dgramModule?: DgramModule;
  }

  interface NetSnmp {
    createSession(target: string, community: string, options: SessionOptions): Session;
    createV3Session(target: string, user: User, options: SessionOptions): Session;
    createAgent(options: AgentOptions, callback: (error: Error | null, data?: unknown) => void): Agent;
    readonly Version1: number;
    readonly Version2c: number;
    readonly Version3: number;
    readonly ErrorStatus: Readonly<Record<string, number>> & Readonly<Record<number, string>>;
    readonly ObjectType: Readonly<Record<string, number>>;
    readonly PduType: Readonly<Record<string, number>> & Readonly<Record<number, string>>;
    readonly SecurityLevel: Readonly<Record<string, number>>;
    readonly AuthProtocols: Readonly<Record<string, number>>;
    readonly PrivProtocols: Readonly<Record<string, number>>;
  }

  const netSnmp: NetSnmp;
  export default netSnmp;
}
