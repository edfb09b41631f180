import { HavenError } from "../base/errors.ts";
import { composeTestMail } from "../notify/compose-test-mail.ts";
import type { Delivery } from "../notify/delivery.ts";
import { sendMail } from "../notify/send-mail.ts";
import { sendWebhook, webhookTestBody } from "../notify/send-webhook.ts";
import { Cib } from "../pacemaker/cib.ts";
import { settingsInCib } from "../vm/settings-in-cib.ts";
import type { Environment } from "./environment.ts";

export interface AlertTestOptions {
  /** The node that it is sent from: this one. */
  readonly node: string;
}

/** What has come of telling one mail server or webhook. */
export interface AlertTested extends Delivery {
  readonly way: "mail" | "webhook";
  /** The mail server, or the URL. */
  readonly where: string;
  /** Who gets the mail. */
  readonly to?: readonly string[];
}

/**
 * Sends a test to all that the cluster's settings name, from this node and as its daemon would.
 *
 * @throws HavenError notify.nothing, settings.invalid
 */
export async function alertTest(
  { pacemaker, signal, clock, progress }: Environment,
  { node: sender }: AlertTestOptions,
): Promise<readonly AlertTested[]> {
  const cib = Cib.parse(await pacemaker.queryCib({ signal, scope: "configuration" }));
  const { mail, webhooks = [] } = await settingsInCib(cib);
  const cluster = cib.properties("cib-bootstrap-options").get("cluster-name") ?? "cluster";
  if (mail === undefined && webhooks.length === 0) {
    throw new HavenError("notify.nothing", { why: "the settings name no mail server and no webhook" });
  }
  const tested: AlertTested[] = [];
  if (mail !== undefined) {
    const { server, to, from, subject } = mail;
    progress(`Asking ${server}`);
    const sent = await sendMail(mail, composeTestMail({ cluster, sender, from, subject }), { to });
    tested.push({ way: "mail", where: server, to, ...sent });
  }
  for (const webhook of webhooks) {
    progress(`Asking ${new URL(webhook.url).host}`);
    const sent = await sendWebhook(webhook, webhookTestBody({ cluster, sender }), { now: clock.now() });
    tested.push({ way: "webhook", where: webhook.url, ...sent });
  }
  return tested;
}
