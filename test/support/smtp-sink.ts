import { createServer, type Socket } from "node:net";

export interface SunkMail {
  readonly from: string;
  readonly to: readonly string[];
  /** Headers and body. */
  readonly text: string;
}

/** A mail server that keeps what it gets. */
export interface SmtpSink {
  readonly port: number;
  readonly mails: readonly SunkMail[];
  /** Every line of every client outside of a mail's text. */
  readonly heard: readonly string[];
  close(): void;
}

/** Starts a mail server that takes everything (RFC 5321, as little of it as clients need). */
export async function smtpSink(host = "127.0.0.1"): Promise<SmtpSink> {
  const mails: SunkMail[] = [];
  const heard: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    serve(socket, mails, heard);
  });
  await new Promise<void>((done) => server.listen(0, host, done));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const close = (): void => {
    for (const socket of sockets) socket.destroy();
    server.close();
  };
  return { port, mails, heard, close };
}

function serve(socket: Socket, mails: SunkMail[], heard: string[]): void {
  let rest = "";
  let from = "";
  let to: string[] = [];
  let text: string[] | undefined;
  const answer = (line: string): boolean => socket.write(`${line}\r\n`);
  const addressIn = (line: string): string => /<([^>]*)>/.exec(line)?.[1] ?? "";
  const command = (line: string): void => {
    heard.push(line);
    const word = line.slice(0, 4).toUpperCase();
    if (word === "MAIL") [from, to] = [addressIn(line), []];
    if (word === "RCPT") to.push(addressIn(line));
    if (word === "DATA") {
      text = [];
      answer("354 go on");
    } else if (word === "QUIT") {
      answer("221 bye");
      socket.end();
    } else answer("250 ok");
  };
  answer("220 sink");
  socket.on("data", (chunk) => {
    const lines = `${rest}${chunk.toString("utf8")}`.split("\r\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      if (text === undefined) command(line);
      else if (line === ".") {
        mails.push({ from, to, text: text.join("\n") });
        text = undefined;
        answer("250 taken");
      } else text.push(line);
    }
  });
}
