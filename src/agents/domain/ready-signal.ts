import { connect as connectSocket, type Socket } from "node:net";
import type { XmlElement } from "../../xml/element.ts";
import type { Identity } from "./identity.ts";

/** Channels on which a guest may say that it is ready, first choice first. */
const channelNames = ["haven.0", "startup_signal"] as const;

/** The longest line a guest may send: it is not trusted. */
const maxLine = 512;

/**
 * Waits for the guest's line `ready ID` on its channel and answers `ack ID`. QEMU serves one client: this holds
 * the channel only until the line came.
 *
 * @returns why the guest cannot be said to be ready, undefined when it is
 */
export async function waitUntilReady(
  domain: XmlElement,
  identity: Identity,
  timeoutMs: number,
): Promise<string | undefined> {
  const path = channelPath(domain);
  if (path === undefined) {
    return `a ready signal is wanted, and the domain has no channel ${channelNames.join(" or ")} with a socket`;
  }
  const end = performance.now() + timeoutMs;
  while (performance.now() < end) {
    const result = await listenOnce(path, end - performance.now());
    if (result === "ready") return undefined;
    // The socket is not there yet, or QEMU closed it: it comes, or the domain is gone and the time runs out.
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  return `${identity.name} runs, but its guest did not say within ${Math.round(timeoutMs / 1000)} s that it is ready`;
}

function channelPath(domain: XmlElement): string | undefined {
  for (const name of channelNames) {
    for (const channel of domain.child("devices")?.all("channel") ?? []) {
      const path = channel.child("source")?.get("path");
      if (channel.child("target")?.get("name") === name && path?.startsWith("/")) return path;
    }
  }
  return undefined;
}

function listenOnce(path: string, timeoutMs: number): Promise<"ready" | "closed"> {
  return new Promise((resolve) => {
    const socket = connectSocket(path);
    const timer = setTimeout(() => finish("closed"), timeoutMs);
    const finish = (result: "ready" | "closed"): void => {
      clearTimeout(timer);
      socket.removeAllListeners();
      socket.on("error", () => undefined);
      socket.end();
      socket.unref();
      resolve(result);
    };
    let text = "";
    socket.setEncoding("latin1");
    socket.on("error", () => finish("closed"));
    socket.on("close", () => finish("closed"));
    socket.on("data", (chunk: string) => {
      text += chunk;
      for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n")) {
        const id = readyId(text.slice(0, at));
        text = text.slice(at + 1);
        if (id !== undefined) {
          acknowledge(socket, id, () => finish("ready"));
          return;
        }
      }
      // A guest that floods its channel: keep the end of what it says, which may hold the start of a line.
      if (text.length > maxLine) text = text.slice(-maxLine);
    });
  });
}

function acknowledge(socket: Socket, id: string, then: () => void): void {
  socket.write(id === "" ? "ack\n" : `ack ${id}\n`, then);
}

/** The ID of a line `ready ID`; empty where the guest gives none. */
function readyId(line: string): string | undefined {
  const match = /^ready(?:\s+([\x21-\x7e]{1,64}))?\s*$/.exec(line.replace(/\r$/, ""));
  return match === null ? undefined : (match[1] ?? "");
}
