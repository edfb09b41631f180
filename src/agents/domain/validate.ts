import { accessSync, constants } from "node:fs";
import { type Answer, done, ocf } from "../ocf.ts";
import { parseDomain } from "./parse-domain.ts";
import { policyProblems } from "./policies.ts";
import type { Settings } from "./settings.ts";
import { tryToMakeSocketFolders } from "./socket-folders.ts";

/** Types of domains that the agent knows how to find as processes, or whose libvirt it trusts alone. */
const knownTypes: readonly string[] = ["kvm", "qemu", "lxc", "xen"];

/**
 * The action validate-all: the parameters make sense. With OCF_CHECK_LEVEL 10 also that this node has what it
 * takes (the agent can only look at local files without waiting, so disks are not among it).
 */
export function validateAll(settings: Settings): Answer {
  const { env, identity, problem } = settings;
  const inline = env.OCF_RESKEY_xml !== undefined && env.OCF_RESKEY_xml !== "";
  if (problem !== undefined || identity === undefined) {
    return {
      code: inline || !env.OCF_RESKEY_config ? ocf.configured : ocf.installed,
      reason: `the configuration cannot be read: ${problem}`,
    };
  }
  const problems = [...policyProblems(env)];
  const domain = parseDomain(settings.xml);
  if (typeof domain === "string") problems.push(domain);
  if (!knownTypes.includes(identity.type))
    problems.push(`domains of type ${identity.type} are not supported`);
  if (identity.name.includes("/") || identity.name.startsWith("."))
    problems.push(`the name ${identity.name} is not one of a domain`);
  for (const name of ["xml", "spec"]) {
    const length = Buffer.byteLength(env[`OCF_RESKEY_${name}`] ?? "");
    if (length > 102_400)
      problems.push(`${name} is ${length} bytes long, more than 100 KB cannot be handed to an agent`);
  }
  if (problems.length > 0) return { code: ocf.configured, reason: problems.join("; ") };
  if (Number(env.OCF_CHECK_LEVEL ?? "0") < 10) return done;
  tryToMakeSocketFolders(settings.xml);
  return emulatorMissing(settings.xml) ?? done;
}

function emulatorMissing(xml: string | undefined): Answer | undefined {
  const path = /<emulator>\s*([^<]+?)\s*<\/emulator>/.exec(xml ?? "")?.[1];
  if (path === undefined) return undefined;
  try {
    accessSync(path, constants.X_OK);
    return undefined;
  } catch {
    return { code: ocf.installed, reason: `the emulator ${path} is not here` };
  }
}
