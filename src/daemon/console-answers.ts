import { HavenError } from "../base/errors.ts";
import type { consoleRoutes } from "../contract/console-routes.ts";
import type { ApiAnswer } from "./api-call.ts";
import { type ConsoleRequest, consoleWords } from "./console-request.ts";
import { switchTo } from "./switch-to.ts";

/** What opens consoles and screens of VMs. */
export const consoleAnswers: Readonly<Record<keyof typeof consoleRoutes, ApiAnswer>> = {
  openConsole: connect("console"),
  openScreen: connect("vnc"),
};

/** Makes the request a WebSocket to the VM's console or screen. */
function connect(kind: ConsoleRequest["kind"]): ApiAnswer {
  return async ({ answers, consoles }, { id, query, parts, caller, ...call }) => {
    const name = parts.name ?? "";
    // A name, and nothing that means several.
    await answers.vm(name);
    const words = kind === "console" ? consoleWords(query) : { force: false, readOnly: false };
    if (caller === undefined) throw new HavenError("internal", { what: "a console without a caller" });
    const end = consoles.open({ kind, name, id, ...words }, caller);
    return switchTo(end, call, consoles);
  };
}
