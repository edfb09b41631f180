import { eventLine } from "../contract/event.ts";
import { type ComposedMail, type MailFrame, subjectStart } from "./compose-mail.ts";

/** A mail by which somebody tries whether mail comes. */
export function composeTestMail(frame: MailFrame): ComposedMail {
  const sender = eventLine(frame.sender);
  const what = `A test of Haven's on ${sender}: nothing has happened`;
  const domain = frame.from.slice(frame.from.lastIndexOf("@") + 1);
  return {
    subject: eventLine(`${subjectStart(frame, [])} ${what}`, 200),
    text: `${what}.\n\nWho has typed haven alert test there wanted to know whether mail comes. It does.\n\n-- \nHaven on ${sender}, cluster ${eventLine(frame.cluster)}\n`,
    messageId: `<haven.${crypto.randomUUID()}@${domain}>`,
    headers: { "Auto-Submitted": "auto-generated", "X-Haven-Event": "test" },
  };
}
