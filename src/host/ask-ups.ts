import { connect } from "node:net";
import { HavenError } from "../base/errors.ts";

export interface AskUpsOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** upsd's port. */
const defaultPort = 3493;
/** A line of an answer is never longer. */
const mostBytes = 4096;

/**
 * What NUT's upsd says of a UPS: the words of `ups.status`, such as OL, OB, LB.
 *
 * Source of the protocol: NUT's developer guide, "Network protocol information" (`GET VAR`).
 *
 * @param name As NUT names it: ups1, ups1@host, ups1@host:port, ups1@[address]:port; this node's without a host
 * @throws HavenError ups.unreachable, also where upsd has lost the UPS
 */
export async function askUps(name: string, options: AskUpsOptions = {}): Promise<readonly string[]> {
  const { ups, host, port } = placeOf(name);
  const line = await firstLine(name, { host, port }, `GET VAR ${ups} ups.status\n`, options);
  const found = /^VAR \S+ ups\.status "([A-Z ]{1,200})"$/.exec(line)?.[1];
  if (found === undefined) throw unreachable(name, `upsd answers ${JSON.stringify(line.slice(0, 100))}`);
  return found.split(" ").filter((word) => word !== "");
}

function placeOf(name: string): { readonly ups: string; readonly host: string; readonly port: number } {
  const [ups = "", where = "localhost"] = name.split("@");
  const match = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(where);
  return { ups, host: match?.[1] ?? match?.[2] ?? where, port: Number(match?.[3] ?? defaultPort) };
}

function firstLine(
  name: string,
  to: { readonly host: string; readonly port: number },
  question: string,
  { timeoutMs = 5000, signal }: AskUpsOptions,
): Promise<string> {
  return new Promise((resolve, reject) => {
    let heard = "";
    const socket = connect(to);
    const end = (why: string): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(unreachable(name, why));
    };
    const timer = setTimeout(() => end(`no answer within ${timeoutMs / 1000} s`), timeoutMs);
    signal?.addEventListener("abort", () => end("interrupted"), { once: true });
    socket.setEncoding("latin1");
    socket.on("connect", () => socket.write(question));
    socket.on("error", (error) => end(error.message));
    socket.on("close", () => end("the connection was closed"));
    socket.on("data", (text: string) => {
      heard += text;
      const at = heard.indexOf("\n");
      if (at < 0 && heard.length < mostBytes) return;
      clearTimeout(timer);
      resolve(heard.slice(0, at < 0 ? mostBytes : at).trimEnd());
      socket.destroy();
    });
  });
}

function unreachable(ups: string, why: string): HavenError {
  return new HavenError("ups.unreachable", { ups, why });
}
