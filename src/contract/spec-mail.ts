import { z } from "zod";
import { type NoticeTopic, noticeTopicNames } from "./notice-topic.ts";
import { field, fields, mailAddress, mailText, oneOf } from "./spec-parts.ts";

/**
 * Who is told of what, as settings and specifications have it.
 *
 * This file imports zod when it is evaluated: only files that are imported lazily may import it.
 */

const most = { error: "at most 64 addresses" };

/** Addresses for mail, one or several. */
export const recipients = z.union(
  [
    mailAddress.transform((one) => [one]),
    z.array(mailAddress).min(1, { error: "at least one address" }).max(64, most),
  ],
  { error: `${mailText}, or a list of them` },
);

/** Topics, one or several. */
export const topics = z.union(
  [
    oneOf(noticeTopicNames as readonly [NoticeTopic, ...NoticeTopic[]]).transform((one) => [one]),
    z
      .array(oneOf(noticeTopicNames as readonly [NoticeTopic, ...NoticeTopic[]]))
      .max(noticeTopicNames.length, { error: `at most ${noticeTopicNames.length} of them` }),
  ],
  { error: `some of ${noticeTopicNames.join(", ")}` },
);

/** A VM's own: nobody, addresses, or fields. */
export const vmMail = z.union(
  [
    oneOf(["none"]).transform((): string[] => []),
    mailAddress.transform((one) => [one]),
    z.array(mailAddress).max(64, most),
    fields({
      to: field(recipients, "Who gets it; whom the cluster's settings name unless set"),
      on: field(topics, "What mail is sent of; what the cluster's settings say unless set"),
    }),
  ],
  { error: `none, ${mailText}, a list of them, or fields with to and on` },
);
