import { existsSync, rmSync } from "node:fs";
import { connect as connectSocket, type Socket } from "node:net";
import { daemonSocket } from "../../base/daemon-socket.ts";
import { leaveReadyNote, readyNote } from "../../base/guest-folder.ts";
import { isAnswered } from "../../base/is-answered.ts";
import { guestChannelNames, guestChannels } from "../../guest/guest-channels.ts";
import { parseGuestRequest } from "../../guest/guest-request.ts";
import { formatHostAnswer } from "../../guest/host-answer.ts";
import { LineReader } from "../../guest/line-reader.ts";
import type { XmlElement } from "../../xml/element.ts";
import type { Identity } from "./identity.ts";

const lookMs = 250;

/** What the guest of an earlier run has said does not count for the next. */
export function forgetReady(domain: XmlElement): void {
  for (const { path } of guestChannels(domain)) {
    const note = readyNote(path);
    if (note !== undefined) rmSync(note, { force: true });
  }
}

/**
 * Waits for the guest's line `ready ID`. QEMU serves one client of a channel: where the daemon listens, it answers the
 * guest and leaves a note, which is looked for. Where none runs, this listens itself, and holds the channel only until
 * the line has come.
 *
 * @returns why the guest cannot be said to be ready, undefined when it is
 */
export async function waitUntilReady(
  domain: XmlElement,
  identity: Identity,
  timeoutMs: number,
  daemon: string = daemonSocket,
): Promise<string | undefined> {
  const path = guestChannels(domain)[0]?.path;
  if (path === undefined) {
    const names = guestChannelNames.join(" or ");
    return `a ready signal is wanted, and the domain has no channel ${names} with a socket`;
  }
  const note = readyNote(path);
  const end = performance.now() + timeoutMs;
  while (performance.now() < end) {
    if (note !== undefined && existsSync(note)) return undefined;
    if (note === undefined || !(await isAnswered(daemon))) {
      const result = await listenOnce(path, end - performance.now());
      if (result === "ready") {
        if (note !== undefined) tryToNote(note);
        return undefined;
      }
    }
    // The socket is not there yet, or QEMU closed it: it comes, or the domain is gone and the time runs out.
    await new Promise((resolve) => setTimeout(resolve, lookMs));
  }
  return `${identity.name} runs, but its guest did not say within ${Math.round(timeoutMs / 1000)} s that it is ready`;
}

/** A second start that asks again finds it. The guest is ready also where it cannot be noted. */
function tryToNote(note: string): void {
  try {
    leaveReadyNote(note);
  } catch {
    // Nobody asks again, most often.
  }
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
    const lines = new LineReader();
    socket.on("error", () => finish("closed"));
    socket.on("close", () => finish("closed"));
    socket.on("data", (bytes: Uint8Array) => {
      let id: string | undefined;
      lines.push(bytes, (line) => {
        const request = parseGuestRequest(line);
        if (request?.verb === "ready") id ??= request.id;
      });
      if (id === undefined) return;
      socket.removeAllListeners("data");
      acknowledge(socket, id, () => finish("ready"));
    });
  });
}

function acknowledge(socket: Socket, id: string, then: () => void): void {
  socket.write(formatHostAnswer({ word: "ack", id }), then);
}
