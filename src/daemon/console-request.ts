import { HavenError } from "../base/errors.ts";

/** What somebody asks to be connected with. */
export interface ConsoleRequest {
  readonly kind: "console" | "vnc";
  /** The VM's. */
  readonly name: string;
  /** The request's. */
  readonly id: string;
  /** Take the console over where another session has it. */
  readonly force: boolean;
  /** Hand nothing on of what is typed. */
  readonly readOnly: boolean;
}

/** A console's parameters. @throws HavenError usage */
export function consoleWords(query: URLSearchParams): Pick<ConsoleRequest, "force" | "readOnly"> {
  const found = { force: false, readOnly: false };
  for (const [name, value] of query) {
    if (name !== "force" && name !== "readOnly") {
      throw new HavenError("usage", { what: `Unknown parameter ${name}`, hint: "Known: force, readOnly" });
    }
    if (value !== "true" && value !== "false") {
      throw new HavenError("usage", {
        what: `${name}: expected true or false, found ${value.slice(0, 100)}`,
      });
    }
    found[name] = value === "true";
  }
  return found;
}
