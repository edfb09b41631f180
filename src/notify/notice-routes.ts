import { type NoticeTopic, topicsOf } from "../contract/notice-topic.ts";
import type { Settings } from "../contract/settings.ts";
import type { NoticeDestination } from "./notice-destination.ts";

export interface NoticeRoutes {
  readonly settings: Pick<Settings, "mail" | "webhooks">;
  /** `policies.mail` of the event's VM, as its specification has it; undefined where it says nothing. */
  readonly vmMail?: unknown;
}

/** Where an event of some kind is told; nowhere for what nobody is sent. */
export async function noticeRoutes(
  kind: string,
  { settings, vmMail }: NoticeRoutes,
): Promise<readonly NoticeDestination[]> {
  const topics = topicsOf(kind);
  if (topics.length === 0) return [];
  const isWanted = (on: readonly NoticeTopic[] | undefined): boolean =>
    on === undefined || topics.some((topic) => on.includes(topic));
  const { mail, webhooks = [] } = settings;
  const found: NoticeDestination[] = webhooks
    .filter(({ on }) => isWanted(on))
    .map(({ url }) => ({ webhook: url }));
  if (mail === undefined) return found;
  const own = await ownMail(vmMail);
  const to = own.to ?? mail.to;
  if (to.length > 0 && isWanted(own.on ?? mail.on)) found.push({ mail: to });
  return found;
}

interface OwnMail {
  readonly to?: readonly string[] | undefined;
  readonly on?: readonly NoticeTopic[] | undefined;
}

/** A specification may have been written by other means than Haven: what is no address gets into no header. */
async function ownMail(vmMail: unknown): Promise<OwnMail> {
  if (vmMail === undefined) return {};
  const { vmMail: schema } = await import("../contract/spec-mail.ts");
  const { data } = schema.safeParse(vmMail);
  return Array.isArray(data) ? { to: data } : (data ?? {});
}
