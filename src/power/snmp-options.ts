/** How a device is asked over SNMP. */
export interface SnmpOptions {
  /** Name or address of the device. */
  readonly host: string;
  /** UDP port, default 161. */
  readonly port?: number;
  readonly family?: 4 | 6;
  readonly credentials: SnmpCredentials;
  /** Milliseconds that a request may take, resending included; default 5,000. */
  readonly timeoutMs?: number;
  /** How often a request is sent in that time, default 3. */
  readonly tries?: number;
  /** Ends every request. */
  readonly signal?: AbortSignal;
  /** Told of what was dropped or repeated, for a log. */
  readonly onNote?: (note: string) => void;
}

export type SnmpCredentials =
  | { readonly version: "1" | "2c"; readonly community: string }
  | ({ readonly version: "3"; readonly user: string } & SnmpV3Security);

export type SnmpV3Security =
  | { readonly level: "noAuthNoPriv" }
  | { readonly level: "authNoPriv"; readonly authProtocol: AuthProtocol; readonly authPassword: string }
  | {
      readonly level: "authPriv";
      readonly authProtocol: AuthProtocol;
      readonly authPassword: string;
      readonly privProtocol: PrivProtocol;
      readonly privPassword: string;
    };

/** RFC 3414 (MD5, SHA) and RFC 7860 (the SHA-2 family). */
export const authProtocols = ["MD5", "SHA", "SHA224", "SHA256", "SHA384", "SHA512"] as const;
export type AuthProtocol = (typeof authProtocols)[number];

/** RFC 3414 (DES), RFC 3826 (AES, 128 bit); AES256 as net-snmp does it, AES256C as Cisco does. */
export const privProtocols = ["DES", "AES", "AES256", "AES256C"] as const;
export type PrivProtocol = (typeof privProtocols)[number];
