import { firstVncPort } from "../ops/vm-vnc.ts";

/** Viewers in the order of liking, with the words that have each show a port of this machine. */
const viewers: Readonly<Record<string, (port: number) => readonly string[]>> = {
  "remote-viewer": (port) => [`vnc://127.0.0.1:${port}`],
  // Two colons: a port, not a display. TigerVNC and TightVNC both take it so.
  vncviewer: (port) => [`127.0.0.1::${port}`],
  gvncviewer: (port) => [`127.0.0.1:${port - firstVncPort}`],
  vinagre: (port) => [`vnc://127.0.0.1:${port}`],
  krdc: (port) => [`vnc://127.0.0.1:${port}`],
};

/**
 * The viewer for VNC that is installed here, as the words to start it with; undefined where there is none, or no
 * display for it.
 */
export function vncViewer(
  env: Readonly<Record<string, string | undefined>>,
): ((port: number) => readonly string[]) | undefined {
  if ((env.DISPLAY ?? "") === "" && (env.WAYLAND_DISPLAY ?? "") === "") return undefined;
  for (const [name, words] of Object.entries(viewers)) {
    const program = Bun.which(name, { PATH: env.PATH ?? "" });
    if (program !== null) return (port) => [program, ...words(port)];
  }
  return undefined;
}
