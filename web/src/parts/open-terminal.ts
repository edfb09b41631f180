import "@xterm/xterm/css/xterm.css";
import { FitAddon } from "@xterm/addon-fit";
import { Terminal } from "@xterm/xterm";
import { adoptStyles } from "./adopt-styles.ts";

export interface OpenTerminal {
  readonly terminal: Terminal;
  close(): void;
}

/** A terminal that fills an element, also when that changes its size. */
export function openTerminal(element: HTMLElement): OpenTerminal {
  const terminal = new Terminal({
    ...{ cursorBlink: false, convertEol: false, scrollback: 5000, fontSize: 14, screenReaderMode: true },
    fontFamily: '"Red Hat Mono", monospace',
  });
  const fit = new FitAddon();
  terminal.loadAddon(fit);
  const styles = adoptStyles(element);
  terminal.open(element);
  fit.fit();
  const observer = new ResizeObserver(() => fit.fit());
  observer.observe(element);
  return {
    terminal,
    close() {
      observer.disconnect();
      terminal.dispose();
      styles.end();
    },
  };
}
