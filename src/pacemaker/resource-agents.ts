import { HavenError, isHavenError } from "../base/errors.ts";
import type { ExecOptions, ExecResult } from "../base/exec.ts";
import type { CallOptions } from "./live.ts";
import { exitCode, toolFailed } from "./tool-failed.ts";

/** What Pacemaker's tools know of agents and options, where they run. */
export interface ResourceAgents {
  /** The agents that are installed, as "ocf:heartbeat:IPaddr2" or "systemd:nginx"; without fence agents. */
  list(options?: CallOptions): Promise<readonly string[]>;
  /** What an agent says of itself, as XML. @throws HavenError raw.no-agent, pacemaker.failed */
  metadata(agent: string, options?: CallOptions): Promise<string>;
  /** The cluster's options, each text in the format of an agent's metadata. */
  clusterOptions(options?: CallOptions): Promise<readonly string[]>;
}

type Call = (argv: readonly string[], options?: ExecOptions) => Promise<ExecResult>;

/** Pacemaker's daemons, which before 2.1.8 were alone to know the cluster's options. */
const daemons = ["pacemaker-schedulerd", "pacemaker-controld", "pacemaker-based"];

/** Where distributions have them: Debian, Fedora. */
const daemonFolders = ["/usr/lib/pacemaker", "/usr/libexec/pacemaker"];

/** @param call Runs a tool with the environment that it needs */
export function resourceAgents(call: Call): ResourceAgents {
  const lines = async (argv: readonly string[], options: CallOptions): Promise<readonly string[]> => {
    const result = await call(argv, { timeoutMs: 30_000, ...options });
    // A standard that has no agents here is an error to the tool.
    return result.code === 0 ? result.stdout.split("\n").flatMap((line) => line.trim() || []) : [];
  };
  return {
    async list(options = {}) {
      const standards = await lines(["crm_resource", "--list-standards"], options);
      const providers = await lines(["crm_resource", "--list-ocf-providers"], options);
      const specs = [
        ...providers.map((provider) => `ocf:${provider}`),
        ...standards.filter((standard) => standard === "systemd" || standard === "lsb"),
      ];
      const found = await Promise.all(
        specs.map(async (spec) =>
          (await lines(["crm_resource", "--list-agents", spec], options))
            .filter((name) => /^[A-Za-z0-9_.@:-]+$/.test(name))
            .map((name) => `${spec}:${name}`),
        ),
      );
      return found.flat();
    },
    async metadata(agent, options = {}) {
      const argv = ["crm_resource", `--show-metadata=${agent}`];
      const result = await call(argv, { timeoutMs: 30_000, ...options });
      if (result.code === exitCode.noSuchObject) throw new HavenError("raw.no-agent", { agent });
      if (result.code !== 0) throw toolFailed(argv, result);
      return result.stdout;
    },
    async clusterOptions(options = {}) {
      const argv = ["crm_attribute", "--list-options=cluster", "--all", "--output-as=xml"];
      const result = await call(argv, { timeoutMs: 30_000, ...options });
      if (result.code === 0) return [withoutFrame(result.stdout)];
      return await Promise.all(daemons.map((daemon) => askDaemon(call, daemon, options)));
    },
  };
}

async function askDaemon(call: Call, daemon: string, options: CallOptions): Promise<string> {
  for (const folder of daemonFolders) {
    const argv = [`${folder}/${daemon}`, "metadata"];
    try {
      const result = await call(argv, { timeoutMs: 30_000, ...options });
      if (result.code !== 0) throw toolFailed(argv, result);
      return result.stdout;
    } catch (error) {
      if (!isHavenError(error, "exec.missing")) throw error;
    }
  }
  throw new HavenError("exec.missing", { program: daemon, package: "pacemaker" });
}

/** The metadata without what Pacemaker's tools put around their answers. */
function withoutFrame(text: string): string {
  const end = "</resource-agent>";
  const [from, to] = [text.indexOf("<resource-agent"), text.lastIndexOf(end)];
  return from === -1 || to < from ? text : text.slice(from, to + end.length);
}
