import { createHmac } from "node:crypto";
import { printError } from "../base/errors.ts";
import { version } from "../base/version.ts";
import type { HavenEvent } from "../contract/event.ts";
import { topicsOf } from "../contract/notice-topic.ts";
import type { WebhookSettings } from "../contract/settings-notices.ts";
import type { WebhookBody } from "../contract/webhook-body.ts";
import { type Delivery, withoutSecrets } from "./delivery.ts";
import { noticeId } from "./notice-id.ts";
import { readAuthorities } from "./read-authorities.ts";
import { readSecret } from "./read-secret.ts";

export interface WebhookFrame {
  readonly cluster: string;
  readonly sender: string;
}

/** More than this of an event's data is left out. */
const mostDataBytes = 2048;
const defaultTimeoutMs = 10_000;

/** What a webhook gets of events. */
export function webhookBodyOf(events: readonly HavenEvent[], { cluster, sender }: WebhookFrame): WebhookBody {
  return {
    version: 1,
    id: noticeId(events),
    ...{ cluster, sender, test: false },
    text: events.map(({ text }) => `[${cluster}] ${text}`).join("\n"),
    events: events.map(({ id: _, time, data, kind, ...event }) => ({
      ...event,
      kind,
      time: new Date(time).toISOString(),
      topics: [...topicsOf(kind)],
      ...(data === undefined || JSON.stringify(data).length > mostDataBytes ? {} : { data: { ...data } }),
    })),
  };
}

/** What a webhook gets that somebody tries. */
export function webhookTestBody({ cluster, sender }: WebhookFrame): WebhookBody {
  const text = `[${cluster}] A test of Haven's on ${sender}: nothing has happened`;
  return { version: 1, id: crypto.randomUUID(), cluster, sender, test: true, text, events: [] };
}

/**
 * The signature of a request: HMAC-SHA256 of the time, a dot, and the body.
 *
 * @param time Seconds since 1970, as in the header `haven-timestamp`
 */
export function webhookSignature(secret: string, time: number, body: string): string {
  return `sha256=${createHmac("sha256", secret).update(`${time}.${body}`).digest("hex")}`;
}

/** Posts a body to a webhook. Redirects are not followed: they could lead anywhere. Never throws. */
export async function sendWebhook(
  settings: WebhookSettings,
  body: WebhookBody,
  { now, timeoutMs = defaultTimeoutMs }: { readonly now: number; readonly timeoutMs?: number },
): Promise<Delivery> {
  const secrets: string[] = [];
  try {
    const text = JSON.stringify(body);
    const time = Math.floor(now / 1000);
    const [file, authorities] = [settings["secret-file"], settings["ca-file"]];
    const secret = file === undefined ? undefined : readSecret(file);
    if (secret !== undefined) secrets.push(secret);
    const response = await fetch(settings.url, {
      method: "POST",
      body: text,
      redirect: "manual",
      signal: AbortSignal.timeout(timeoutMs),
      headers: {
        "content-type": "application/json",
        "user-agent": `haven/${version}`,
        "haven-delivery": body.id,
        "haven-timestamp": String(time),
        ...(secret === undefined ? {} : { "haven-signature": webhookSignature(secret, time, text) }),
      },
      ...(authorities === undefined ? {} : { tls: { ca: readAuthorities(authorities) } }),
    });
    // What it says beside its status is of no use, and could be endless.
    await response.body?.cancel().catch(() => undefined);
    return verdict(response.status);
  } catch (error) {
    const isLate = error instanceof Error && error.name === "TimeoutError";
    const why = isLate ? `no answer within ${timeoutMs / 1000} s` : printError(error);
    return { outcome: "later", answer: withoutSecrets(why.replaceAll(settings.url, "it"), secrets) };
  }
}

function verdict(status: number): Delivery {
  const answer = `HTTP ${status}`;
  if (status >= 200 && status < 300) return { outcome: "taken", answer };
  if (status >= 300 && status < 400) {
    return { outcome: "refused", answer: `${answer}: a redirect, which is not followed` };
  }
  const mayBeTaken = status >= 500 || status === 408 || status === 425 || status === 429;
  return { outcome: mayBeTaken ? "later" : "refused", answer };
}
