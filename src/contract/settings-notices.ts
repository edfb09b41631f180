import type { z } from "zod";
import { address, user } from "./spec-disks.ts";
import { recipients, topics } from "./spec-mail.ts";
import { field, fields, mailAddress, oneOf, path, text } from "./spec-parts.ts";

/**
 * Mail and webhooks, as the cluster's settings have them. Secrets are in files on the nodes, which these name.
 *
 * This file imports zod when it is evaluated: only files that are imported lazily may import it.
 */

const subjectText = "one line of at most 100 characters, such as [%cluster%][VM:%vm%]";

/** Where mail goes to. */
export const mail = fields({
  server: address.describe("The mail server, with a port where it is not 25"),
  from: mailAddress.describe("The sender"),
  to: recipients.describe("Who gets it"),
  on: field(topics, "What mail is sent of; all unless set"),
  subject: field(
    text(subjectText).regex(/^[^\p{Cc}]{1,100}$/u, { error: subjectText }),
    "What subjects begin with; %cluster% and %vm% stand for names, and brackets with %vm% are left out of what is no VM's",
  ),
  tls: field(
    oneOf(["starttls", "implicit", "none"]),
    "How it is encrypted: starttls, or implicit, which is the default with port 465; none only where nobody can listen",
  ),
  "ca-file": field(
    path,
    "Certificates of authorities on every node that vouch for the server, instead of Mozilla's list",
  ),
  user: field(user, "The user at the mail server"),
  "password-file": field(
    path,
    "The file with the user's password, the same path on every node, root's alone (mode 0600)",
  ),
}).superRefine((value, context) => {
  const wrong = (at: string, message: string): void => {
    context.addIssue({ code: "custom", path: [at], message });
  };
  if ((value.user === undefined) !== (value["password-file"] === undefined)) {
    wrong(value.user === undefined ? "user" : "password-file", "user and password-file, or neither");
  }
  if (value.tls === "none" && value.user !== undefined) {
    wrong("tls", "starttls or implicit, since a password is sent");
  }
});

const urlText = "a URL such as https://hooks.example.org/haven, without a user, a password or a fragment";

/** A web server that is told. */
export const webhook = fields(
  {
    url: text(urlText)
      .regex(/^https?:\/\/[\x21-\x7e]{1,1000}$/, { error: urlText })
      .refine(isWebhookUrl, { error: urlText })
      .describe("Where to; http only where nobody can listen"),
    on: field(topics, "What it is told of; all unless set"),
    "secret-file": field(
      path,
      "The file with the secret that requests are signed with, the same path on every node, root's alone (mode 0600)",
    ),
    "ca-file": field(
      path,
      "Certificates of authorities on every node that vouch for the server, instead of Mozilla's list",
    ),
  },
  "a webhook: url, and what it is told of",
);

function isWebhookUrl(written: string): boolean {
  if (!URL.canParse(written)) return false;
  const { hostname, username, password, hash } = new URL(written);
  return hostname !== "" && username === "" && password === "" && hash === "" && !written.includes("#");
}

export type MailSettings = z.output<typeof mail>;
export type WebhookSettings = z.output<typeof webhook>;
