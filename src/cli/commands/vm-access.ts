import { HavenError } from "../../base/errors.ts";
import { keyNames } from "../../contract/keys.ts";
import { sysrqHelp, sysrqWords } from "../../contract/sysrq.ts";
import { keycodeSet } from "../../libvirt/constants.ts";
import type { Codeset } from "../../ops/vm-send-key.ts";
import { command, type GlobalOptions, type Terminal } from "../command.ts";
import { vmName } from "./vm-words.ts";

const codesets = Object.keys(keycodeSet).sort();

function sent(
  terminal: Terminal,
  global: GlobalOptions,
  result: { readonly name: string; readonly node: string; readonly keys: readonly string[] },
): void {
  if (global.json) terminal.out(JSON.stringify(result));
  else terminal.out(`Sent to ${result.name} on ${result.node}: ${result.keys.join(" ")}`);
}

/** The commands that reach into a guest that runs: its console, screen and keyboard, and its QEMU. */
export const vmAccessCommands = [
  command({
    path: ["vm", "console"],
    summary: "Connect with a VM's serial console, wherever it runs",
    description:
      "Ctrl-] leaves. When the VM migrates, restarts or its node dies, the console is connected again where the VM\nis then; it ends when the VM is stopped. One session has the console at a time. What was printed before:\nhaven vm log.",
    args: [vmName],
    options: {
      force: { kind: "flag", short: "f", help: "Take it over from another session" },
      "read-only": { kind: "flag", help: "Only look: nothing that is typed is handed on, Ctrl-C leaves too" },
      escape: { kind: "string", value: "^X", help: "The key that leaves, ^] unless given" },
    },
    examples: ["haven vm console web1", "haven vm console web1 --escape ^O"],
    role: "operator",
    async run(call) {
      const { args, options } = call;
      const [{ withEnvironment }, { vmConsole }, { openConsoleTerminal }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/vm-console.ts"),
        import("../console-terminal.ts"),
      ]);
      const [name = ""] = args;
      const key = options.escape ?? "^]";
      const end = await openConsoleTerminal({ leave: controlKey(key), readOnly: options["read-only"] });
      let why: string | undefined;
      try {
        const result = await withEnvironment(call, (environment) =>
          vmConsole(environment, {
            name,
            end,
            force: options.force,
            readOnly: options["read-only"],
            leaveKey: `Ctrl-${key.slice(1)}`,
          }),
        );
        why = { left: "Left", stopped: "is stopped: left", removed: "is removed: left" }[result.why];
      } finally {
        end.close();
      }
      call.terminal.err(why === "Left" ? `Left ${name}` : `${name} ${why}`);
    },
  }),
  command({
    path: ["vm", "vnc"],
    summary: "Say where a VM's screen is served over VNC, or bring it here",
    description:
      "Without options it says where. --forward opens a port on this node's 127.0.0.1 and carries what connects to it\nto the screen, until Ctrl-C; through SSH where the VM serves it on another node's 127.0.0.1.",
    args: [vmName],
    options: {
      forward: { kind: "flag", help: "Open a port here that leads to the screen" },
      port: { kind: "integer", value: "PORT", help: "Which port, with --forward; a free one unless given" },
      open: { kind: "flag", help: "Start a viewer (remote-viewer, vncviewer, …) on it; ends with it" },
    },
    examples: ["haven vm vnc web1", "haven vm vnc web1 --forward --port 5901", "haven vm vnc web1 --open"],
    role: "operator",
    async run(call) {
      const { runVnc } = await import("../run-vnc.ts");
      const { forward, port, open } = call.options;
      return await runVnc(call, call.args[0] ?? "", {
        open,
        ...(forward || open || port !== undefined ? { forward: port ?? 0 } : {}),
      });
    },
  }),
  command({
    path: ["vm", "screenshot"],
    summary: "Take a picture of a VM's screen, as PNG",
    args: [
      vmName,
      {
        name: "FILE",
        help: "Where to write it, - for standard output; NAME-TIME.png unless given",
        optional: true,
        complete: "file",
      },
    ],
    options: {
      screen: { kind: "integer", value: "N", help: "Which screen, where it has several; from 0 on" },
    },
    examples: ["haven vm screenshot web1", "haven vm screenshot web1 - > web1.png"],
    role: "viewer",
    async run(call) {
      const { runScreenshot } = await import("../run-screenshot.ts");
      await runScreenshot(call, call.args[0] ?? "", {
        file: call.args[1],
        screen: call.options.screen ?? 0,
      });
    },
  }),
  command({
    path: ["vm", "send-key"],
    summary: "Press keys on a VM's keyboard",
    description:
      "Each KEY is pressed after the one before; keys that go together are joined by - or +. Names are those of\nLinux's key codes, with or without KEY_; numbers go too, and are all there is in other codesets.",
    args: [vmName, { name: "KEY", help: "ctrl-alt-f2, enter, 28 …", many: true, complete: keyNames }],
    options: {
      codeset: {
        kind: "string",
        value: "SET",
        help: `Whose numbers: ${codesets.join(", ")}; linux unless given`,
        complete: codesets,
      },
      hold: { kind: "integer", value: "MS", help: "How long each is held down; 100 unless given" },
    },
    examples: ["haven vm send-key web1 ctrl-alt-f2", "haven vm send-key web1 r o o t enter"],
    role: "operator",
    async run(call) {
      const { args, options, global, terminal } = call;
      const [{ withEnvironment }, { vmSendKey }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/vm-send-key.ts"),
      ]);
      const [name = "", ...keys] = args;
      const codeset = readCodeset(options.codeset);
      const { hold } = options;
      const result = await withEnvironment(call, (environment) =>
        vmSendKey(environment, { name, keys, codeset, ...(hold === undefined ? {} : { holdMs: hold }) }),
      );
      sent(terminal, global, result);
    },
  }),
  command({
    path: ["vm", "ctrl-alt-del"],
    summary: "Press Ctrl-Alt-Del on a VM's keyboard",
    description: "Most guests restart in good order then; Windows shows who is to log in.",
    args: [vmName],
    examples: ["haven vm ctrl-alt-del web1"],
    role: "operator",
    async run(call) {
      const { args, global, terminal } = call;
      const [{ withEnvironment }, { vmSendKey }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/vm-send-key.ts"),
      ]);
      const [name = ""] = args;
      const question = `Press Ctrl-Alt-Del on ${name}? Most guests restart then.`;
      const keys = ["ctrl-alt-del"];
      const result = await withEnvironment(call, (environment) =>
        vmSendKey(environment, { name, keys, question, command: "ctrl-alt-del" }),
      );
      sent(terminal, global, result);
    },
  }),
  command({
    path: ["vm", "sysrq"],
    summary: "Press the magic SysRq key of a Linux guest with a request",
    description: `A request by its letter or its name; a digit sets the level of the kernel's messages. What does harm is asked\nbefore. The guest decides what it obeys (its sysctl kernel.sysrq); what it prints: haven vm log.\n${sysrqHelp.join("\n")}`,
    args: [vmName, { name: "REQUEST", help: "A letter, a name or a digit", complete: sysrqWords }],
    examples: ["haven vm sysrq web1 show-tasks", "haven vm sysrq web1 s"],
    role: "operator",
    async run(call) {
      const { args, global, terminal } = call;
      const [{ withEnvironment }, { vmSysrq }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/vm-sysrq.ts"),
      ]);
      const [name = "", request = ""] = args;
      const result = await withEnvironment(call, (environment) => vmSysrq(environment, { name, request }));
      sent(terminal, global, result);
    },
  }),
  command({
    path: ["vm", "monitor"],
    summary: "Hand a command to the monitor of a VM's QEMU",
    description:
      "For what nothing else can do. What it changes neither libvirt nor the cluster knows of, and libvirt marks the\ndomain as tainted; what does more than look is asked before.",
    args: [
      vmName,
      {
        name: "COMMAND",
        help: "A QMP command, as JSON or its name and its arguments as JSON; with --hmp words",
        many: true,
      },
    ],
    options: { hmp: { kind: "flag", help: "A command for people instead of QMP" } },
    examples: [
      "haven vm monitor web1 query-block",
      `haven vm monitor web1 qom-list '{"path": "/machine"}'`,
      "haven vm monitor web1 --hmp info status",
    ],
    role: "admin",
    async run(call) {
      const { args, options, global, terminal } = call;
      const [{ withEnvironment }, { vmMonitor }] = await Promise.all([
        import("../live-environment.ts"),
        import("../../ops/vm-monitor.ts"),
      ]);
      const [name = "", ...words] = args;
      const result = await withEnvironment(call, (environment) =>
        vmMonitor(environment, { name, command: words, hmp: options.hmp }),
      );
      if (!global.quiet) terminal.err(`libvirt marks ${result.name} as tainted by this until its next start`);
      if (global.json) terminal.out(JSON.stringify(result));
      else if (typeof result.answer === "string") terminal.out(result.answer.replaceAll("\r", "").trimEnd());
      else terminal.out(JSON.stringify(result.answer, undefined, 2));
    },
  }),
];

/** `^]` and the like as the byte that a terminal sends for it. */
function controlKey(text: string): number {
  if (/^\^[A-Za-z[\]\\^_]$/.test(text)) return text.toUpperCase().charCodeAt(1) & 0x1f;
  throw new HavenError("usage", {
    what: `Option --escape: expected a control character such as ^], found '${text}'`,
  });
}

function readCodeset(word: string | undefined): Codeset {
  const found = codesets.find((name) => name === (word ?? "linux"));
  if (found !== undefined) return found as Codeset;
  throw new HavenError("usage", {
    what: `Option --codeset: there is no codeset '${word}'`,
    hint: `Expected one of ${codesets.join(", ")}`,
  });
}
