import { readFileSync } from "node:fs";
import { printError } from "../base/errors.ts";
import { run } from "../base/exec.ts";
import type { XmlElement } from "../xml/element.ts";
import { readXml } from "../xml/read.ts";
import type { AlertEvent } from "./alert-event.ts";
import { type MailSettings, mailSettings, recipientsOf } from "./mail-settings.ts";

const toolMs = 8000;
/** All of it, before Pacemaker's timeout for alert agents, which cluster init sets to 30 s. */
const sendMs = 15_000;

/**
 * Sends mail of an event to those who are to get it. Nothing waits for it: Pacemaker runs alert agents beside what it
 * does.
 *
 * @returns what went wrong, for the log; undefined when it was sent or there was nobody to send it to
 */
export async function alertMail(event: AlertEvent): Promise<string | undefined> {
  try {
    const found = await query("//cluster_property_set");
    const settings = mailSettings(property(found, "mail"));
    if (settings === undefined) return undefined;
    const to = event.resource === undefined ? undefined : recipientsOf(await specification(event.resource));
    const all = to ?? settings.to;
    if (all.length === 0 || (event.toldEverywhere && !(await isSender(event.node)))) return undefined;
    await send(settings, all, event, property(found, "cluster-name"));
    return undefined;
  } catch (error) {
    return `no mail of it: ${printError(error).replaceAll("\n", ";")}`;
  }
}

async function query(xpath: string): Promise<XmlElement> {
  const text = await run(["cibadmin", "--query", "--xpath", xpath], { timeoutMs: toolMs });
  return readXml(text, { source: "cibadmin" });
}

function property(found: XmlElement, name: string): string | undefined {
  const pairs = [...found.walk()].filter((element) => element.name === "nvpair");
  return pairs.find((pair) => pair.get("name") === name)?.get("value");
}

/** The VM's specification as it stands in the CIB; undefined where it has none. */
async function specification(resource: string): Promise<string | undefined> {
  // Ids of resources are names of XML: no quote can be in one.
  if (!/^[\p{L}_][\p{L}\p{N}._:-]*$/u.test(resource)) return undefined;
  const id = resource.replace(/:\d+$/, "");
  try {
    return property(await query(`//primitive[@id='${id}']/instance_attributes/nvpair[@name='spec']`), "spec");
  } catch {
    // It has no specification, or was removed meanwhile.
    return undefined;
  }
}

/**
 * Every node is told of a fencing at the same moment, and sees the same members: the first of them sends. Where that
 * cannot be found out, twice is better than not at all.
 */
async function isSender(fenced: string): Promise<boolean> {
  try {
    const self = (await run(["crm_node", "--name"], { timeoutMs: toolMs })).trim();
    const members = (await run(["crm_node", "--partition"], { timeoutMs: toolMs })).trim().split(/\s+/);
    return firstMember(members, fenced) === self;
  } catch {
    return true;
  }
}

export function firstMember(members: readonly string[], fenced: string): string | undefined {
  return members.filter((name) => name !== fenced && name !== "").sort()[0];
}

async function send(
  settings: MailSettings,
  to: readonly string[],
  event: AlertEvent,
  cluster = "cluster",
): Promise<void> {
  const { createTransport } = await import("nodemailer");
  const { user, passwordFile, host, port } = settings;
  const password = passwordFile === undefined ? undefined : readFileSync(passwordFile, "utf8").trim();
  const secret = user !== undefined && password !== undefined;
  const transport = createTransport({
    host,
    port,
    secure: port === 465,
    // A password goes over TLS that is verified, or not at all; without one there is nothing to lose by less.
    requireTLS: secret,
    tls: { rejectUnauthorized: secret },
    ...(secret ? { auth: { user, pass: password } } : {}),
    connectionTimeout: 5000,
    greetingTimeout: 5000,
    socketTimeout: 8000,
    dnsTimeout: 5000,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const show = event.resource === undefined ? "haven status" : `haven vm show ${event.resource.slice(3)}`;
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error(`${host}:${port} did not take it within ${sendMs / 1000} s`)), sendMs);
  });
  try {
    const message = {
      from: settings.from,
      to: [...to],
      subject: `[${cluster}] ${event.subject}`.slice(0, 400),
      text: `${event.subject}\n\nCluster ${cluster}, ${new Date().toISOString()}\nMore: ${show}\n`,
      headers: { "Auto-Submitted": "auto-generated", "X-Haven-Event": event.kind },
    };
    await Promise.race([transport.sendMail(message), late]);
  } finally {
    transport.close();
  }
}
