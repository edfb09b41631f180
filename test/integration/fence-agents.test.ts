import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HavenError } from "../../src/base/errors.ts";
import { fenceKind, isSecretParameter } from "../../src/contract/fence-kinds.ts";
import { nodeImage } from "../../src/lab/image.ts";
import type { Environment } from "../../src/ops/environment.ts";
import { type FenceAddOptions, fenceAdd } from "../../src/ops/fence-add.ts";
import { fenceParameterProblems } from "../../src/ops/fence-check.ts";
import {
  type AgentMetadata,
  type AgentParameter,
  parseAgentMetadata,
} from "../../src/pacemaker/agent-metadata.ts";
import { livePacemaker } from "../../src/pacemaker/live.ts";
import { fileEnvironment } from "../support/file-environment.ts";
import { VmCibFile } from "../support/vm-cib-file.ts";
import { inImage } from "./harness/in-image.ts";
import { describeLab } from "./harness/lab-missing.ts";

const minute = 60_000;

/** No device that switches: it goes with SBD, which a configuration in a file does not have. */
const watchdog = "fence_watchdog";

/**
 * Programs in /usr/sbin that are named as fence agents are, and why they are not asked what they take. All others are:
 * one that lacked a Python module to say it would be named by every test here.
 */
const noAgents: Readonly<Record<string, string>> = {
  fence_ack_manual: "a command for people, which Pacemaker lists and which says nothing of itself",
  fence_haven_chassis: "Haven's own, a link to what the image does not hold",
  fence_haven_manual: "Haven's own, a link to what the image does not hold",
};

// Debian 12 has every fence agent in one package. What each says of itself is asked of the image's own Pacemaker; what
// Haven would write is tried on a configuration in a file. No lab is brought up.
describeLab("every fence agent of Debian 12", () => {
  const dir = mkdtempSync(join(tmpdir(), "haven-fence-agents-"));
  const file = new VmCibFile(join(dir, "cib.xml"));
  /** What each agent says, and an agent's error in its place. */
  const said = new Map<string, string | HavenError>();
  let programs: readonly string[] = [];
  let cib = "";

  beforeAll(async () => {
    cib = file.read().toXml();
    const root = await nodeImage("debian12", { progress: (text) => console.error(text) });
    programs = readdirSync(`${root}/usr/sbin`).filter((name) => /^fence_/.test(name));
    const pacemaker = livePacemaker({ exec: inImage(root) });
    const agents = (await pacemaker.fenceAgents()).filter(
      (name) => name.startsWith("fence_") && !Object.hasOwn(noAgents, name),
    );
    const ask = async (): Promise<void> => {
      for (let agent = agents.pop(); agent !== undefined; agent = agents.pop()) {
        const text = await pacemaker.fenceAgentMetadata(agent).catch((error: unknown) => error);
        if (typeof text !== "string" && !(text instanceof HavenError)) throw text;
        said.set(agent, text);
      }
    };
    await Promise.all([ask(), ask()]);
  }, 15 * minute);
  afterAll(() => rmSync(dir, { recursive: true }));

  /** Runs `check` for each agent, and says of which it failed. */
  async function each(
    check: (agent: string, metadata: AgentMetadata) => Promise<unknown> | unknown,
  ): Promise<void> {
    const faults: string[] = [];
    for (const [agent, text] of [...said].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
      try {
        if (typeof text !== "string") throw text;
        await check(agent, parseAgentMetadata(text, agent));
      } catch (error) {
        faults.push(`${agent}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    expect(faults).toEqual([]);
  }

  function environment(): Environment {
    const base = fileEnvironment(file.path);
    const pacemaker = Object.assign(Object.create(base.pacemaker) as Environment["pacemaker"], {
      queryCib: () => Promise.resolve(cib),
      fenceAgents: () => Promise.resolve([...said.keys()]),
      fenceAgentMetadata: (agent: string) => {
        const text = said.get(agent) ?? new HavenError("agent.unknown", { agent });
        return typeof text === "string" ? Promise.resolve(text) : Promise.reject(text);
      },
    });
    return { ...base, pacemaker };
  }

  const add = (options: FenceAddOptions) =>
    fenceAdd(environment(), { ...options, force: true, dryRun: true });

  /** What is wrong with a device that is asked for. */
  async function refusal(options: FenceAddOptions): Promise<string> {
    const result = await add(options).catch((error: unknown) => error);
    if (result instanceof HavenError && result.code === "fence.invalid") return result.message;
    throw result instanceof Error ? result : new Error("It is not refused");
  }

  test("is known to Pacemaker, or is none", () => {
    expect(said.size).toBeGreaterThan(80);
    const unknown = programs.filter((name) => !said.has(name));
    expect(unknown.toSorted()).toEqual(Object.keys(noAgents));
  });

  test("says of itself what Haven can read", async () => {
    await each((agent, { parameters, actions }) => {
      expect(parameters.length).toBeGreaterThan(0);
      expect(parameters.filter(({ type }) => !Object.hasOwn(plausible, type))).toEqual([]);
      expect(parameters.filter(({ type, choices }) => type === "select" && choices.length === 0)).toEqual([]);
      const names = parameters.map(({ name }) => name);
      const replaced = parameters.flatMap(({ replacedBy }) => replacedBy ?? []);
      expect(replaced.filter((name) => !names.includes(name))).toEqual([]);
      // Pacemaker's own helper for the agents of cluster-glue, which calls it by another name.
      const monitor = agent === "fence_legacy" ? "status" : "monitor";
      expect(actions.map(({ name }) => name)).toContain(monitor);
    });
  });

  test(
    "is added with what it requires, and a server's second outlet is a resource of its own",
    async () => {
      await each(async (agent, metadata) => {
        if (agent === watchdog) return;
        const { committed, plan, names } = await add({
          ...valuesOf(agent, requiredOf(metadata)),
          hosts: [{ node: "node1", plugs: ["1", "9"] }],
        });
        expect(committed).toBe(false);
        expect(names).toHaveLength(2);
        expect(plan.slice(0, 2)).toEqual([
          `+ ${names[0]}: ${agent} shoots node1 by outlet 1`,
          `+ ${names[1]}: ${agent} shoots node1 by outlet 9`,
        ]);
      });
    },
    10 * minute,
  );

  test(
    "is refused without --force where it says off and switches nothing",
    async () => {
      const refused: string[] = [];
      await each(async (agent, metadata) => {
        if (agent === watchdog) return;
        const options = { ...valuesOf(agent, requiredOf(metadata)), dryRun: true };
        const error = await fenceAdd(environment(), options).catch((one: unknown) => one);
        if (error instanceof HavenError && error.message.includes("switches nothing")) refused.push(agent);
        else if (error instanceof Error) throw error;
      });
      expect(refused).toEqual(["fence_crosslink", "fence_dummy", "fence_heuristics_ping"]);
    },
    5 * minute,
  );

  test("a node's own watchdog is refused where the nodes have none that resets them", async () => {
    const device = { kind: watchdog, values: {}, secrets: {} };
    expect(await refusal({ ...device, hosts: [{ node: "node1", plugs: ["1"] }] })).toContain("no outlets");
    expect(await refusal({ ...device, hosts: [{ node: "node1", plugs: [] }] })).toMatch(
      /on any node: name all of them.*\n.*No node is reset by its watchdog here/,
    );
  });

  test("may have set all that it takes", async () => {
    await each((agent, metadata) => {
      const { hosts, values, secrets } = valuesOf(agent, settable(metadata));
      const request = { agent, kind: fenceKind(agent), hosts, values, secrets: Object.keys(secrets) };
      expect(fenceParameterProblems(request, metadata)).toEqual([]);
    });
  });

  test(
    "is refused without any one of what it requires",
    async () => {
      await each(async (agent, metadata) => {
        const needed = requiredOf(metadata);
        const all = valuesOf(agent, needed);
        for (const { name } of needed) {
          const { [name]: _, ...values } = all.values;
          const { [name]: __, ...secrets } = all.secrets;
          const words = await refusal({ ...all, values, secrets });
          expect(words).toContain(`${agent} needs ${name} `);
          expect(words).toContain(isSecretParameter(name) ? `--secret ${name}` : `--set ${name}=VALUE`);
        }
      });
    },
    5 * minute,
  );

  test(
    "a word that it does not know is refused, with the one that was meant",
    async () => {
      await each(async (agent, metadata) => {
        const all = valuesOf(agent, requiredOf(metadata));
        const known = metadata.parameters.map(({ name }) => name);
        const meant = settable(metadata).filter(({ name }) => !known.includes(`${name}x`));
        const mistyped = (isSecret: boolean) =>
          Object.fromEntries(
            meant.flatMap(({ name }) => (isSecretParameter(name) === isSecret ? [[`${name}x`, "1"]] : [])),
          );
        const words = await refusal({
          ...all,
          values: { ...all.values, ...mistyped(false), no_such_word_at_all: "1" },
          secrets: { ...all.secrets, ...mistyped(true) },
        });
        expect(words).toContain(`${agent} has no parameter no_such_word_at_all`);
        const lines = meant.map(({ name }) => `${agent} has no parameter ${name}x; did you mean ${name}?`);
        expect(lines.filter((line) => !words.includes(line))).toEqual([]);
      });
    },
    5 * minute,
  );

  test(
    "a value of another type is refused, and a secret on the command line",
    async () => {
      await each(async (agent, metadata) => {
        const all = valuesOf(agent, requiredOf(metadata));
        const checked = settable(metadata).filter(
          ({ name, type }) => isSecretParameter(name) || type !== "string",
        );
        if (checked.length === 0) return;
        const wrong = Object.fromEntries(checked.map(({ name }) => [name, "no such value"]));
        const words = await refusal({ ...all, values: { ...all.values, ...wrong } });
        const taken = checked.filter(
          ({ name }) => !new RegExp(`\\b${name}(: expected | is a secret)`).test(words),
        );
        expect(taken.map(({ name }) => name)).toEqual([]);
      });
    },
    5 * minute,
  );
});

/** A value by the types that agents have. */
const plausible: Readonly<Record<string, string>> = {
  boolean: "1",
  integer: "7",
  second: "30",
  select: "",
  string: "some-value",
};

/** What may be set: not what the cluster says itself, nor the old name of something. */
function settable({ parameters }: AgentMetadata): readonly AgentParameter[] {
  const told = ["action", "plug", "port", "nodename", "help", "version"];
  return parameters.filter(({ name, deprecated }) => !deprecated && !told.includes(name));
}

function requiredOf(metadata: AgentMetadata): readonly AgentParameter[] {
  return settable(metadata).filter(({ required, default: preset }) => required && (preset ?? "") === "");
}

/** A device of that agent for node1, each of these parameters with its own default or a value of its type. */
function valuesOf(agent: string, parameters: readonly AgentParameter[]): FenceAddOptions {
  const entries = parameters.map(({ name, type, choices, default: preset = "" }): [string, string] => {
    return [name, preset || (choices[0] ?? plausible[type] ?? "")];
  });
  const part = (isSecret: boolean) =>
    Object.fromEntries(entries.filter(([name]) => isSecretParameter(name) === isSecret));
  const plugs = fenceKind(agent)?.plug === "number" ? ["1"] : [];
  return { kind: agent, hosts: [{ node: "node1", plugs }], values: part(false), secrets: part(true) };
}
