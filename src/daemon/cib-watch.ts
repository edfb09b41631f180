import { dlopen, ptr } from "bun:ffi";
import { encodeCibRequest } from "./cib-request.ts";
import { cibWatchSays } from "./cib-watch-words.ts";
import { endWithParent } from "./end-with-parent.ts";

// What a client of `cib_ro` says to hear of changes. Sources: cib_native_signon and cib_native_register_notification,
// lib/cib/cib_native.c of Pacemaker 2.1.5 and 3.0.0 (the same in both); tried on both.
const register = `<cib_command t="cib" cib_op="register" cib_clientname="haven" cib_callopt="4096"/>`;
const subscribe = `<cib-callback cib_op="cib_notify" cib_notify_type="cib_diff_notify" cib_notify_activate="1"/>`;

const leastBuffer = 128 * 1024;
const answerMs = 10_000;
/** ETIMEDOUT and EAGAIN, negated, as libqb returns them: nothing came in that time. */
const nothingCame: ReadonlySet<number> = new Set([-110, -11]);

/**
 * A process that hears of every change of the CIB, its status section included, from Pacemaker's own `pacemaker-based`
 * on this node, and prints a letter for each; ends when the connection does. Pacemaker speaks through libqb, whose
 * shared memory needs a library that may block and, if ever it is at fault, ends the process: hence one of its own.
 *
 * @returns the exit code: 1 when it could not listen or the connection is lost
 */
export function cibWatchMain(write: (letter: string) => void, complain: (line: string) => void): number {
  endWithParent();
  const { symbols: qb } = dlopen("libqb.so.100", {
    qb_ipcc_connect: { args: ["ptr", "u64"], returns: "ptr" },
    qb_ipcc_send: { args: ["ptr", "ptr", "u64"], returns: "i64" },
    qb_ipcc_recv: { args: ["ptr", "ptr", "u64", "i32"], returns: "i64" },
    qb_ipcc_event_recv: { args: ["ptr", "ptr", "u64", "i32"], returns: "i64" },
    qb_ipcc_get_buffer_size: { args: ["ptr"], returns: "i32" },
    qb_ipcc_is_connected: { args: ["ptr"], returns: "i32" },
  });
  const name = Buffer.from("cib_ro\0");
  const connection = qb.qb_ipcc_connect(ptr(name), leastBuffer);
  if (connection === null) {
    complain("Pacemaker does not listen on this node");
    return 1;
  }
  // The server says how large its messages may be: a smaller buffer would never be given them.
  const buffer = Buffer.alloc(Math.max(leastBuffer, qb.qb_ipcc_get_buffer_size(connection)));
  const ask = (text: string, id: number): boolean => {
    const request = encodeCibRequest(text, id);
    if (Number(qb.qb_ipcc_send(connection, ptr(request), request.length)) !== request.length) return false;
    return Number(qb.qb_ipcc_recv(connection, ptr(buffer), buffer.length, answerMs)) > 0;
  };
  if (!ask(register, 1) || !ask(subscribe, 2)) {
    complain("Pacemaker does not tell of changes to the CIB");
    return 1;
  }
  write(cibWatchSays.listening);
  const parent = process.ppid;
  for (;;) {
    // Not for ever: whoever reads may be gone, which a write would tell.
    const length = Number(qb.qb_ipcc_event_recv(connection, ptr(buffer), buffer.length, 60_000));
    if (length > 0) write(cibWatchSays.changed);
    else if (!nothingCame.has(length) || qb.qb_ipcc_is_connected(connection) === 0) {
      complain(`The connection to Pacemaker is lost (${length})`);
      return 1;
    } else if (process.ppid !== parent) return 0;
  }
}
