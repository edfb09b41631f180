import type { SMTPTransportOptions } from "nodemailer";
import { printError } from "../base/errors.ts";
import type { MailSettings } from "../contract/settings-notices.ts";
import type { ComposedMail } from "./compose-mail.ts";
import { type Delivery, withoutSecrets } from "./delivery.ts";
import { readAuthorities } from "./read-authorities.ts";
import { readSecret } from "./read-secret.ts";

export interface SendMailOptions {
  readonly to: readonly string[];
  /** Milliseconds for all of it. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 30_000;
const implicitPort = 465;
const defaultPort = 25;

/**
 * Gives a mail to the settings' server. Unless they say `tls: none` it is encrypted and the server's certificate
 * verified, or it is not sent. Never throws.
 */
export async function sendMail(
  settings: MailSettings,
  mail: ComposedMail,
  { to, timeoutMs = defaultTimeoutMs }: SendMailOptions,
): Promise<Delivery> {
  const secrets: string[] = [];
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`no end within ${Math.ceil(timeoutMs / 1000)} s`)),
    timeoutMs,
  );
  try {
    const options = transportOptions(settings, timeoutMs);
    const { user, pass } = options.auth ?? {};
    // As AUTH PLAIN and LOGIN send it.
    if (pass !== undefined) secrets.push(pass, `\0${user}\0${pass}`);
    const { createTransport } = await import("nodemailer");
    const transport = createTransport(options);
    try {
      const sent = await Promise.race([
        transport.sendMail({ ...message(settings, mail), to: [...to] }),
        late,
      ]);
      const but = sent.rejected.length === 0 ? "" : `; not for ${sent.rejected.join(", ")}`;
      return { outcome: "taken", answer: withoutSecrets(`${sent.response}${but}`, secrets) };
    } finally {
      transport.close();
    }
  } catch (error) {
    return {
      outcome: isForGood(error) ? "refused" : "later",
      answer: withoutSecrets(printError(error), secrets),
    };
  } finally {
    clearTimeout(timer);
  }
}

/** @throws HavenError notify.secret, notify.authorities */
function transportOptions(settings: MailSettings, timeoutMs: number): PlainTransport {
  const { server, user, tls } = settings;
  const [, bracketed, bare = "", written] = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(server) ?? [];
  const port = written === undefined ? (tls === "implicit" ? implicitPort : defaultPort) : Number(written);
  const way = tls ?? (port === implicitPort ? "implicit" : "starttls");
  const [file, authorities] = [settings["password-file"], settings["ca-file"]];
  const password = file === undefined ? undefined : readSecret(file);
  const isLogin = user !== undefined && password !== undefined;
  return {
    host: bracketed ?? bare,
    port,
    secure: way === "implicit",
    requireTLS: way === "starttls",
    ignoreTLS: way === "none",
    tls: {
      rejectUnauthorized: true,
      minVersion: "TLSv1.2",
      ...(authorities === undefined ? {} : { ca: readAuthorities(authorities) }),
    },
    ...(isLogin ? { auth: { user, pass: password } } : {}),
    connectionTimeout: Math.min(10_000, timeoutMs),
    greetingTimeout: Math.min(10_000, timeoutMs),
    socketTimeout: Math.min(20_000, timeoutMs),
    dnsTimeout: Math.min(10_000, timeoutMs),
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

type PlainTransport = SMTPTransportOptions & {
  readonly auth?: { readonly user: string; readonly pass: string };
};

function message({ from }: MailSettings, { subject, text, messageId, headers }: ComposedMail) {
  return {
    from,
    subject,
    text,
    messageId,
    headers: { ...headers },
    textEncoding: "quoted-printable" as const,
  };
}

/** The server has said of this message or of all who should get it that it will never take it (RFC 5321, 5yz). */
function isForGood(error: unknown): boolean {
  if (!(error instanceof Error) || !("responseCode" in error) || !("command" in error)) return false;
  const isOfMessage = ["MAIL FROM", "RCPT TO", "DATA"].includes(String(error.command));
  return isOfMessage && Number(error.responseCode) >= 500;
}
