import { HavenError } from "../base/errors.ts";
import { attach } from "../base/exec.ts";
import type { VncPlace } from "../ops/vm-vnc.ts";
import { firstVncPort, vmVnc } from "../ops/vm-vnc.ts";
import { fromDesk, vmVncForward } from "../ops/vm-vnc-forward.ts";
import type { CommandCall } from "./command.ts";
import { withEnvironment } from "./live-environment.ts";
import { vncViewer } from "./vnc-viewer.ts";

export interface RunVncOptions {
  /** The port to forward from, 0 for a free one; undefined only says where the screen is. */
  readonly forward?: number;
  /** Start a viewer on the forwarded port. */
  readonly open: boolean;
}

/** `haven vm vnc`. @returns the exit code: with a viewer, its own */
export async function runVnc(
  call: Pick<CommandCall, "global" | "terminal" | "signal">,
  name: string,
  { forward, open }: RunVncOptions,
): Promise<number> {
  const { global, terminal, signal } = call;
  if (forward === undefined) {
    const place = await withEnvironment(call, (environment) => vmVnc(environment, { name }));
    if (global.json) terminal.out(JSON.stringify(place));
    else for (const line of placeLines(place)) terminal.out(line);
    return 0;
  }
  const viewer = open ? vncViewer(process.env) : undefined;
  if (open && viewer === undefined) {
    throw new HavenError("usage", {
      what: "There is no viewer to open: neither remote-viewer nor vncviewer is in PATH, or there is no display",
      hint: `Forward the port, and connect a viewer to it: haven vm vnc ${name} --forward`,
    });
  }
  const closed = new AbortController();
  let ended: Promise<number> | undefined;
  // Ctrl-C is how forwarding ends, not how it fails: the operation sees it as its end only.
  const environmentCall = { ...call, signal: new AbortController().signal };
  await withEnvironment(environmentCall, (environment) =>
    vmVncForward(environment, {
      name,
      port: forward,
      until: AbortSignal.any([signal, closed.signal]),
      onProblem: (text) => terminal.err(text),
      onOpen(place, port) {
        if (global.json)
          terminal.out(JSON.stringify({ ...place, forwarded: { address: "127.0.0.1", port } }));
        else if (!open || !global.quiet)
          terminal.out(
            `127.0.0.1:${port} leads to the screen of ${place.name} on ${place.node}; Ctrl-C ends it`,
          );
        if (viewer !== undefined) ended = attach(viewer(port)).finally(() => closed.abort());
      },
    }),
  );
  return (await ended) ?? 0;
}

function placeLines(place: VncPlace): readonly string[] {
  const { name, node, address, port, remote } = place;
  const display = port >= firstVncPort ? ` (display :${port - firstVncPort})` : "";
  if (remote) return [`${name} shows its screen on ${node}, ${address}:${port}${display}`];
  return [
    `${name} shows its screen on ${node}, ${address}:${port}${display}, which only ${node} itself reaches`,
    `Bring it here: haven vm vnc ${name} --forward; or to where you sit: ${fromDesk(place)}`,
  ];
}
