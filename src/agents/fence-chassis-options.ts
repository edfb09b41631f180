import type { AuthProtocol, PrivProtocol, SnmpCredentials } from "../power/snmp-options.ts";
import { commonOptions } from "./fence-agent.ts";
import type { FenceAction } from "./fence-metadata.ts";
import type { FenceOption, FenceValues } from "./fence-option.ts";

/** The options of fence_haven_chassis; names and letters as fence-agents' SNMP agents have them. */
export const chassisOptions: readonly FenceOption[] = [
  {
    name: "ip",
    short: "a",
    deprecated: ["ipaddr"],
    type: "string",
    required: true,
    text: "Address or name of the management module",
  },
  { name: "ipport", short: "u", type: "integer", default: "161", text: "UDP port of the management module" },
  {
    name: "plug",
    short: "n",
    deprecated: ["port"],
    type: "string",
    text: "The server: its name as the labels have it before the bracket, or its slot's number",
  },
  {
    name: "snmp_version",
    short: "d",
    type: "select",
    choices: ["1", "2c", "3"],
    text: "SNMP version; without it 3 where there is a user name, else 1",
  },
  {
    name: "community",
    short: "c",
    type: "string",
    text: "Community, for SNMP version 1 and 2c",
  },
  {
    name: "username",
    short: "l",
    deprecated: ["login"],
    type: "string",
    text: "User name, for SNMP version 3",
  },
  {
    name: "password",
    short: "p",
    deprecated: ["passwd"],
    type: "string",
    text: "Authentication password, for SNMP version 3; at least 8 characters",
  },
  {
    name: "password_script",
    short: "S",
    deprecated: ["passwd_script"],
    type: "string",
    text: "Program that prints the authentication password",
  },
  {
    name: "snmp_auth_prot",
    short: "b",
    type: "select",
    choices: ["MD5", "SHA", "SHA224", "SHA256", "SHA384", "SHA512"],
    default: "SHA",
    text: "Authentication protocol",
  },
  {
    name: "snmp_sec_level",
    short: "E",
    type: "select",
    choices: ["noAuthNoPriv", "authNoPriv", "authPriv"],
    text: "Security level; without it the highest that the given passwords allow",
  },
  {
    name: "snmp_priv_prot",
    short: "B",
    type: "select",
    choices: ["DES", "AES", "AES256", "AES256C"],
    default: "AES",
    text: "Privacy protocol",
  },
  { name: "snmp_priv_passwd", short: "P", type: "string", text: "Privacy password" },
  {
    name: "snmp_priv_passwd_script",
    short: "R",
    type: "string",
    text: "Program that prints the privacy password",
  },
  { name: "inet4_only", short: "4", type: "boolean", text: "Use IPv4 addresses only" },
  { name: "inet6_only", short: "6", type: "boolean", text: "Use IPv6 addresses only" },
  {
    name: "no_softoff",
    type: "boolean",
    default: "0",
    text: "Cut the power without asking the server to shut down first; for HX5 blades, which soft-off restarts",
  },
  {
    name: "softoff_timeout",
    type: "second",
    default: "30",
    text: "Time for a server to shut down after soft-off",
  },
  {
    name: "power_timeout",
    type: "second",
    default: "60",
    text: "Time for the state to change after off or on",
  },
  { name: "power_wait", type: "second", default: "0", text: "Wait after each switching" },
  {
    name: "stonith_status_sleep",
    type: "second",
    default: "1",
    text: "Longest wait between two readings of the state",
  },
  { name: "shell_timeout", type: "second", default: "5", text: "Time for one request, resending included" },
  { name: "login_timeout", type: "second", default: "15", text: "Time for the first answer" },
  {
    name: "disable_timeout",
    type: "boolean",
    default: "0",
    text: "Wait for off and on until Pacemaker ends the agent",
  },
  { name: "retry_on", type: "integer", default: "1", text: "How often on is tried" },
  { name: "delay", type: "second", default: "0", text: "Wait before off and reboot" },
  {
    name: "alive_check",
    type: "boolean",
    default: "1",
    text: "After the device said off, fail when the node still answers on the network",
  },
  {
    name: "node_addresses",
    type: "string",
    text: "Addresses for alive_check besides those of corosync.conf and of the node's name",
  },
  {
    name: "plug_separator",
    type: "string",
    default: ",",
    text: "Between several servers or slots in one plug",
  },
  { name: "separator", short: "C", type: "string", default: ",", text: "Between the columns of list" },
  ...commonOptions,
];

/** What is wrong with the options, for people; nothing is asked of the device. */
export function checkChassisOptions(values: FenceValues, action: FenceAction): readonly string[] {
  const has = (name: string): boolean => (values.get(name) ?? "") !== "";
  const wrong: string[] = [];
  const expect = (holds: boolean, text: string): void => {
    if (!holds) wrong.push(text);
  };
  expect(has("ip"), "ip is missing: the address of the management module");
  const port = Number(values.get("ipport"));
  expect(port > 0 && port < 65_536, "ipport expects a port, 1 to 65535");
  expect(
    values.get("inet4_only") !== "1" || values.get("inet6_only") !== "1",
    "inet4_only and inet6_only exclude each other",
  );
  expect(has("plug_separator") && has("separator"), "plug_separator and separator may not be empty");
  for (const script of ["password_script", "snmp_priv_passwd_script"]) {
    expect(values.get(script)?.startsWith("/") ?? true, `${script} expects the absolute path of a program`);
  }
  if (["on", "off", "reboot", "status"].includes(action)) {
    expect(has("plug"), "plug is missing: the server's name or its slot's number");
  }
  if (versionOf(values) !== "3") {
    expect(has("community"), "community is missing, which SNMP version 1 and 2c need");
    return wrong;
  }
  expect(has("username"), "username is missing, which SNMP version 3 needs");
  const level = levelOf(values);
  if (level !== "noAuthNoPriv") {
    expect(has("password") || has("password_script"), "password is missing, which authentication needs");
    expect(isLongEnough(values.get("password")), "password expects at least 8 characters");
  }
  if (level === "authPriv") {
    expect(
      has("snmp_priv_passwd") || has("snmp_priv_passwd_script"),
      "snmp_priv_passwd is missing, which authPriv needs",
    );
    expect(isLongEnough(values.get("snmp_priv_passwd")), "snmp_priv_passwd expects at least 8 characters");
  }
  return wrong;
}

/** RFC 3414 section 11.2 asks for 8 characters. */
function isLongEnough(password: string | undefined): boolean {
  return password === undefined || password === "" || password.length >= 8;
}

/** The credentials in the options; `passwordOf` runs the program of a script option. */
export async function chassisCredentials(
  values: FenceValues,
  passwordOf: (option: string) => Promise<string>,
): Promise<SnmpCredentials> {
  const version = versionOf(values);
  if (version !== "3") return { version, community: values.get("community") ?? "" };
  const user = values.get("username") ?? "";
  const level = levelOf(values);
  if (level === "noAuthNoPriv") return { version, user, level };
  const secret = async (option: string): Promise<string> =>
    values.get(option) || (await passwordOf(`${option}_script`));
  const auth = {
    version,
    user,
    authProtocol: values.get("snmp_auth_prot") as AuthProtocol,
    authPassword: await secret("password"),
  } as const;
  if (level === "authNoPriv") return { ...auth, level };
  return {
    ...auth,
    level,
    privProtocol: values.get("snmp_priv_prot") as PrivProtocol,
    privPassword: await secret("snmp_priv_passwd"),
  };
}

function versionOf(values: FenceValues): "1" | "2c" | "3" {
  const version = values.get("snmp_version");
  if (version === "1" || version === "2c" || version === "3") return version;
  return values.has("username") ? "3" : "1";
}

function levelOf(values: FenceValues): "noAuthNoPriv" | "authNoPriv" | "authPriv" {
  const level = values.get("snmp_sec_level");
  if (level === "noAuthNoPriv" || level === "authNoPriv" || level === "authPriv") return level;
  if (values.has("snmp_priv_passwd") || values.has("snmp_priv_passwd_script")) return "authPriv";
  return values.has("password") || values.has("password_script") ? "authNoPriv" : "noAuthNoPriv";
}
