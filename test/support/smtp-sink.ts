import { createServer, type Socket } from "node:net";
import { createServer as createTlsServer, TLSSocket } from "node:tls";

export interface SunkMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body. */
  readonly text: string;
}

/** A mail's subject on one line, with words that are encoded read (RFC 2047). */
export function subjectOf({ text }: Pick<SunkMail, "text">): string {
  const [, written = ""] = /^Subject: (.*(?:\n[ \t].*)*)/m.exec(text) ?? [];
  return written
    .replace(/\?=\s*\n[ \t]+=\?/g, "?==?")
    .replace(/\n[ \t]/g, " ")
    .replace(/=\?utf-8\?Q\?(.*?)\?=/gi, (_, word: string) =>
      decodeURIComponent(
        word
          .replaceAll("_", " ")
          .replaceAll("%", "%25")
          .replace(/=([0-9A-F]{2})/g, "%$1"),
      ),
    );
}

/** A mail's body, as it was before it was sent (quoted-printable). */
export function bodyOf({ text }: Pick<SunkMail, "text">): string {
  const coded = text.slice(text.indexOf("\n\n") + 2).replace(/=\n/g, "");
  return decodeURIComponent(coded.replaceAll("%", "%25").replace(/=([0-9A-F]{2})/g, "%$1"));
}

/** A mail server that keeps what it gets. */
export interface SmtpSink {
  readonly port: number;
  readonly mails: readonly SunkMail[];
  /** Every line of every client outside of a mail's text. */
  readonly heard: readonly string[];
  close(): void;
}

export interface SmtpSinkOptions {
  readonly host?: string;
  readonly port?: number;
  /** It speaks TLS: after STARTTLS, or at once. */
  readonly tls?: { readonly key: string; readonly cert: string; readonly atOnce?: boolean };
  /** What it answers to a command instead of taking it: `550 no such user`. */
  readonly answer?: (line: string) => string | undefined;
}

/** Starts a mail server that takes everything (RFC 5321, as little of it as clients need). */
export async function smtpSink({
  host = "127.0.0.1",
  port = 0,
  tls,
  answer = () => undefined,
}: SmtpSinkOptions = {}): Promise<SmtpSink> {
  const mails: SunkMail[] = [];
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const world: SinkWorld = { mails, heard, tls: tls?.atOnce === true ? undefined : tls, answer };
  const take = (socket: Socket): void => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.write("220 sink\r\n");
    serve(socket, world);
  };
  const server =
    tls?.atOnce === true ? createTlsServer({ key: tls.key, cert: tls.cert }, take) : createServer(take);
  await new Promise<void>((done) => server.listen(port, host, done));
  const address = server.address();
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port: typeof address === "object" && address !== null ? address.port : 0, mails, heard, close };
}

interface SinkWorld {
  readonly mails: SunkMail[];
  readonly heard: string[];
  readonly tls: SmtpSinkOptions["tls"];
  readonly answer: (line: string) => string | undefined;
}

function serve(socket: Socket, world: SinkWorld): void {
  const { mails, heard, tls, answer } = world;
  let rest = "";
  let from = "";
  let to: string[] = [];
  let text: string[] | undefined;
  const say = (line: string): boolean => socket.write(`${line}\r\n`);
  const addressIn = (line: string): string => /<([^>]*)>/.exec(line)?.[1] ?? "";
  const secure = (key: string, cert: string): void => {
    socket.removeAllListeners("data");
    say("220 go on");
    serve(new TLSSocket(socket, { isServer: true, key, cert }), { ...world, tls: undefined });
  };
  const command = (line: string): void => {
    heard.push(line);
    const word = line.slice(0, 4).toUpperCase();
    const other = answer(line);
    if (word === "MAIL") [from, to] = [addressIn(line), []];
    if (word === "RCPT" && other === undefined) to.push(addressIn(line));
    if (other !== undefined) say(other);
    else if (word === "STAR" && tls !== undefined) secure(tls.key, tls.cert);
    else if (word === "EHLO")
      say(tls === undefined ? "250-sink\r\n250 AUTH PLAIN" : "250-sink\r\n250 STARTTLS");
    else if (word === "AUTH") say("235 welcome");
    else if (word === "DATA") {
      text = [];
      say("354 go on");
    } else if (word === "QUIT") {
      say("221 bye");
      socket.end();
    } else say("250 ok");
  };
  socket.on("error", () => socket.destroy());
  socket.on("data", (chunk) => {
    const lines = `${rest}${chunk.toString("utf8")}`.split("\r\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (text === undefined) command(line);
      else if (line === ".") {
        mails.push({ from, to, text: text.join("\n") });
        text = undefined;
        say(answer("taken") ?? "250 taken");
      } else text.push(line);
    }
  });
}
