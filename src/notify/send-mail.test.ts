import { afterAll, afterEach, describe, expect, test } from "bun:test";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  bodyOf,
  type SmtpSink,
  type SmtpSinkOptions,
  smtpSink,
  subjectOf,
} from "../../test/support/smtp-sink.ts";
import { run } from "../base/exec.ts";
import type { MailSettings } from "../contract/settings-notices.ts";
import { sendMail } from "./send-mail.ts";

const root = mkdtempSync(join(tmpdir(), "haven-smtp-"));
const [keyPath, certPath, secretPath] = ["key.pem", "cert.pem", "password"].map((name) =>
  join(root, name),
) as [string, string, string];
const names = "subjectAltName=DNS:localhost,IP:127.0.0.1";
await run(
  [
    ...[
      "openssl",
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-256",
      "-nodes",
      "-days",
      "2",
    ],
    ...["-keyout", keyPath, "-out", certPath, "-subj", "/CN=localhost", "-addext", names],
  ],
  { timeoutMs: 20_000 },
);
const [key, cert] = [readFileSync(keyPath, "utf8"), readFileSync(certPath, "utf8")];
const secret = "s3cret-of-the-house";
writeFileSync(secretPath, `${secret}\n`, { mode: 0o600 });

let sink: SmtpSink | undefined;
afterEach(() => sink?.close());
afterAll(() => rmSync(root, { recursive: true }));

const mail = {
  subject: "[prod][VM:web1] web1 stürzte ab",
  text: "web1 has crashed\n\nWhat to do next:\n  haven vm show web1\n",
  messageId: "<haven.1@example.org>",
  headers: { "Auto-Submitted": "auto-generated" },
};
const login = { user: "haven", "password-file": secretPath };

async function send(options: SmtpSinkOptions, settings: Partial<MailSettings> = {}) {
  sink = await smtpSink(options);
  const all: MailSettings = {
    server: `localhost:${sink.port}`,
    from: "haven@example.org",
    to: ["ops@example.org"],
    ...settings,
  };
  return await sendMail(all, mail, { to: ["ops@example.org", "night@example.org"], timeoutMs: 3000 });
}

describe("a mail", () => {
  test("goes over STARTTLS that is verified, with what stands in its head", async () => {
    expect(await send({ tls: { key, cert } }, { "ca-file": certPath, ...login })).toEqual({
      outcome: "taken",
      answer: "250 taken",
    });
    const [got] = sink?.mails ?? [];
    expect(got).toMatchObject({ from: "haven@example.org", to: ["ops@example.org", "night@example.org"] });
    if (got === undefined) throw new Error("no mail");
    expect(subjectOf(got)).toBe(mail.subject);
    expect(bodyOf(got).trimEnd()).toBe(mail.text.trimEnd());
    expect(got.text).toContain("Message-ID: <haven.1@example.org>");
    expect(got.text).toContain("Auto-Submitted: auto-generated");
    expect(got.text).toContain("Content-Type: text/plain; charset=utf-8");
    expect(got.text).toMatch(/^Date: /m);
    const before = (sink?.heard ?? []).slice(0, (sink?.heard ?? []).indexOf("STARTTLS"));
    expect(before.join("\n")).not.toMatch(/AUTH|MAIL/);
    expect(sink?.heard.some((line) => line.startsWith("AUTH PLAIN"))).toBe(true);
  });

  test("goes over TLS from the first byte", async () => {
    const settings = { "ca-file": certPath, tls: "implicit" as const };
    expect(await send({ tls: { key, cert, atOnce: true } }, settings)).toMatchObject({ outcome: "taken" });
  });

  test("is not sent to a server whose certificate nobody vouches for, nor to one without TLS", async () => {
    expect(await send({ tls: { key, cert } }, login)).toMatchObject({
      outcome: "later",
      answer: expect.stringContaining("self"),
    });
    sink?.close();
    expect(await send({}, login)).toMatchObject({ outcome: "later" });
    expect(sink?.mails).toEqual([]);
    expect(sink?.heard.join("\n")).not.toMatch(/AUTH|MAIL/);
  });

  test("without TLS only where the settings say so", async () => {
    expect(await send({}, { tls: "none" })).toMatchObject({ outcome: "taken" });
  });

  test.each([
    ["RCPT TO:<ops", "taken", "250 taken; not for ops@example.org"],
    ["RCPT", "refused", expect.stringContaining("550 nobody of that name")],
    ["taken", "refused", expect.stringContaining("550 nobody of that name")],
  ])("a server that says 550 to %s: %s", async (start, outcome, answer) => {
    const refusing = (line: string) => (line.startsWith(start) ? "550 nobody of that name" : undefined);
    expect(await send({ answer: refusing }, { tls: "none" })).toEqual({
      outcome: outcome as "taken",
      answer: answer as string,
    });
  });

  test("a server that is busy, or does not want the password, may take it later; no secret is told", async () => {
    const busy = (line: string) => (line.startsWith("MAIL") ? "451 try again" : undefined);
    expect(await send({ answer: busy }, { tls: "none" })).toMatchObject({ outcome: "later" });
    sink?.close();
    const echo = (line: string) => (line.startsWith("AUTH") ? `535 not ${line} ${secret}` : undefined);
    const settings = { "ca-file": certPath, ...login };
    const { outcome, answer } = await send({ tls: { key, cert }, answer: echo }, settings);
    expect(outcome).toBe("later");
    expect(answer).toContain("535");
    expect(answer).toContain("(secret)");
    expect(answer).not.toContain(secret);
    expect(answer).not.toContain(Buffer.from(`\0haven\0${secret}`).toString("base64"));
  });

  test("a password that others can read is not used", async () => {
    chmodSync(secretPath, 0o640);
    const readable = await send({ tls: { key, cert } }, { "ca-file": certPath, ...login });
    chmodSync(secretPath, 0o600);
    expect(readable.outcome).toBe("later");
    expect(readable.answer).toContain(`${secretPath} can be read by others`);
    expect(sink?.heard).toEqual([]);
  });

  test("a server that is not there, or says nothing, is waited for no longer than that", async () => {
    const silent = createServer();
    await new Promise<void>((done) => silent.listen(0, "127.0.0.1", done));
    const address = silent.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const began = performance.now();
    expect(await send({}, { server: `127.0.0.1:${port}`, tls: "none" })).toMatchObject({ outcome: "later" });
    expect(performance.now() - began).toBeLessThan(6000);
    silent.close();
    expect(await send({}, { server: "127.0.0.1:1", tls: "none" })).toMatchObject({ outcome: "later" });
  });
});
