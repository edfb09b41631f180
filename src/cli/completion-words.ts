import type { Completion } from "./command.ts";
import { commands } from "./commands/table.ts";
import { complete } from "./complete.ts";

/**
 * What a shell asks while somebody types: the words that may follow, one on a line; `<files>` where file names
 * belong. Whatever goes wrong, nothing is offered: completion never disturbs.
 *
 * @param words what was typed after `haven`, the unfinished word last
 */
export async function completionWords(words: readonly string[]): Promise<readonly string[]> {
  const unfinished = words.at(-1) ?? "";
  const { words: offered, lookUp } = complete(commands, words);
  if (lookUp === undefined) return offered;
  if (lookUp === "file") return ["<files>"];
  if (typeof lookUp !== "string") return lookUp;
  return (await names(lookUp)).filter((name) => name.startsWith(unfinished));
}

async function names(kind: Exclude<Extract<Completion, string>, "file">): Promise<readonly string[]> {
  try {
    const { livePacemaker } = await import("../pacemaker/live.ts");
    const { readXml } = await import("../xml/read.ts");
    const cib = readXml(await livePacemaker().queryCib({ timeoutMs: 2000, scope: "configuration" }));
    const found: string[] = [];
    const visit = (element: typeof cib): void => {
      const id = element.get("id") ?? "";
      const isVm = kind === "vm" || kind === "vm or node";
      if (isVm && element.name === "primitive" && id.startsWith("vm-")) found.push(id.slice(3));
      if (kind === "device" && element.name === "primitive" && element.get("class") === "stonith")
        found.push(id);
      if (kind === "raw" && isRaw(element.name, element.get("provider"), element.get("class")))
        found.push(id);
      if (/node$/.test(kind) && element.name === "node") found.push(element.get("uname") ?? id);
      for (const child of element.children) visit(child);
    };
    const configuration = cib.child("configuration");
    if (configuration !== undefined) visit(configuration);
    return found.sort();
  } catch {
    return [];
  }
}

function isRaw(name: string, provider: string | undefined, standard: string | undefined): boolean {
  if (provider === "haven" || standard === "stonith") return false;
  return /^(primitive|group|clone|master|bundle|tag|rsc_(location|colocation|order|ticket))$/.test(name);
}
