import { readFileSync, writeSync } from "node:fs";
import { printError } from "../../base/errors.ts";
import { type Answer, done, failed, ocf, report } from "../ocf.ts";
import type { ToldAction } from "./leave-outcome.ts";
import type { Settings } from "./settings.ts";

const usage = `usage: Domain {start|stop|monitor|status|migrate_to|migrate_from|reload-agent|reload|validate-all|meta-data|usage|help}

The resource agent of a libvirt domain, called by Pacemaker with its parameters in the environment
(OCF_RESKEY_xml or OCF_RESKEY_config, see meta-data). docs/agent.md says what each action answers.
`;

type Action = (settings: Settings, say: (text: string) => void) => Promise<Answer>;

// Each action is imported when it is asked for: a monitor pays for nothing else.
const actions: Readonly<{ [name: string]: () => Promise<Action> }> = {
  monitor: async () => (await import("./monitor.ts")).monitor,
  status: async () => (await import("./monitor.ts")).monitor,
  start: async () => (await import("./start.ts")).start,
  stop: async () => (await import("./stop.ts")).stop,
  migrate_to: async () => (await import("./migrate-to.ts")).migrateTo,
  migrate_from: async () => (await import("./migrate-from.ts")).migrateFrom,
  "reload-agent": async () => (await import("./reload.ts")).reload,
  reload: async () => (await import("./reload.ts")).reload,
  "watch-migration": async () => {
    const { watchMigration } = await import("./watch-migration.ts");
    return async (settings, say) => {
      await watchMigration(settings, say);
      return done;
    };
  },
  "clear-shutdown": async () => {
    const { clearShutdown } = await import("./clear-shutdown.ts");
    return async (settings, say) => {
      await clearShutdown(settings, say);
      return done;
    };
  },
  "validate-all": async () => {
    const { validateAll } = await import("./validate.ts");
    return async (settings) => validateAll(settings);
  },
};

/** The resource agent. @returns the exit code, one of OCF's */
export async function domainMain(words: readonly string[]): Promise<number> {
  const [name = ""] = words;
  if (name === "meta-data") {
    const { metadata } = await import("./metadata.ts");
    writeSync(1, metadata());
    return ocf.success;
  }
  if (name === "usage" || name === "help" || name === "--help") {
    writeSync(1, usage);
    return ocf.success;
  }
  const load = Object.hasOwn(actions, name) ? actions[name] : undefined;
  if (load === undefined) {
    writeSync(2, usage);
    return name === "" ? ocf.arguments : ocf.unimplemented;
  }
  const write = (text: string): void => {
    try {
      writeSync(2, text);
    } catch {
      // Nobody listens; the exit code is what counts.
    }
  };
  return report(await act(name, load, write), write);
}

async function act(
  name: string,
  load: () => Promise<Action>,
  write: (text: string) => void,
): Promise<Answer> {
  try {
    const { readSettings } = await import("./settings.ts");
    const settings = await readSettings(name, process.env, sinceProcessStart());
    const say = (text: string): void => write(`INFO: ${text.replace(/\s+/g, " ")}\n`);
    const answer = await load()
      .then((action) => action(settings, say))
      .catch((error: unknown) => failedBy(name, error));
    if (isTold(name)) (await import("./leave-outcome.ts")).leaveOutcome(name, settings, answer);
    return answer;
  } catch (error) {
    return failedBy(name, error);
  }
}

function isTold(name: string): name is ToldAction {
  return name === "start" || name === "stop" || name === "migrate_to" || name === "migrate_from";
}

function failedBy(name: string, error: unknown): Answer {
  return failed(`${name}: ${printError(error).replaceAll("\n", ";")}`);
}

/** Milliseconds since Pacemaker started this process: on a busy machine they count. */
function sinceProcessStart(): number {
  try {
    const stat = readFileSync("/proc/self/stat", "latin1");
    const ticks = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]);
    const uptime = Number(readFileSync("/proc/uptime", "latin1").split(" ")[0]);
    // The kernel counts 100 ticks a second here on all architectures (USER_HZ).
    const passed = uptime * 1000 - ticks * 10;
    return Number.isFinite(passed) && passed >= 0 ? passed : 0;
  } catch {
    return 0;
  }
}
