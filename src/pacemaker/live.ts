import { readFileSync } from "node:fs";
import { HavenError, isHavenError } from "../base/errors.ts";
import { type ExecOptions, type ExecResult, exec } from "../base/exec.ts";
import { type LinkStatus, parseLinks } from "./links.ts";
import { parseStatus } from "./parse-status.ts";
import { parseTransition } from "./parse-transition.ts";
import { parseQuorum, type QuorumStatus } from "./quorum.ts";
import { type ResourceAgents, resourceAgents } from "./resource-agents.ts";
import { schemaTooNew } from "./schema-too-new.ts";
import type { Transition } from "./simulate.ts";
import type { ClusterStatus } from "./status.ts";
import { exitCode, toolFailed, toolWords } from "./tool-failed.ts";
import { trustingSchemas } from "./trusting-schemas.ts";

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

export interface SimulateOptions extends CallOptions {
  /** Ask for the scheduler's scores too. */
  readonly scores?: boolean;
  /** Judge as if these nodes had failed. */
  readonly failNodes?: readonly string[];
}

export interface StatusOptions extends CallOptions {
  /** Node attributes. Default true. */
  readonly attributes?: boolean;
  /** What was fenced; `problems` asks for failures and pending ones only. Default "all". */
  readonly fenceHistory?: "all" | "problems" | "none";
  /** Constraints that keep resources off nodes. Default true. */
  readonly bans?: boolean;
  /** Failure counts. Default true. */
  readonly failCounts?: boolean;
}

/** Pacemaker as Haven uses it. Every call reaches the live cluster, or the file that CIB_file names. */
export interface Pacemaker {
  /** The file that CIB_file names; undefined on a live cluster. */
  readonly cibFile: string | undefined;
  /**
   * The CIB as text; its configuration only, without version and status, where that is enough.
   * @throws HavenError pacemaker.down, pacemaker.failed
   */
  queryCib(options?: CallOptions & { readonly scope?: "configuration" }): Promise<string>;
  /** What runs where. @throws HavenError pacemaker.down, pacemaker.failed */
  status(options?: StatusOptions): Promise<ClusterStatus>;
  /** How corosync on this node counts votes; undefined for a file, and where corosync does not say. */
  quorum(options?: CallOptions): Promise<QuorumStatus | undefined>;
  /** How corosync on this node sees its links to others; undefined for a file, and where corosync does not say. */
  links(options?: CallOptions): Promise<readonly LinkStatus[] | undefined>;
  /** What would follow from that CIB. Changes nothing. */
  simulate(cibXml: string, options?: SimulateOptions): Promise<Transition>;
  /**
   * Writes one patch, whole or not at all.
   * @throws HavenError pacemaker.conflict when the configuration is another version than the patch's source,
   * pacemaker.rejected when it breaks the schema or a reference
   */
  applyPatch(patchXml: string, options?: CallOptions): Promise<void>;
  /** Forgets a resource's failures, on one node or all; Pacemaker probes it again. */
  cleanup(resource: string, options?: CallOptions & { readonly node?: string }): Promise<void>;
  /** Forgets a resource's whole history, also of operations that succeeded, and probes it again. */
  refresh(resource: string, options?: CallOptions & { readonly node?: string }): Promise<void>;
  /** Tells Pacemaker that a resource has failed on a node (facts: never while an operation is pending). */
  failResource(resource: string, node: string, options?: CallOptions): Promise<void>;
  /** Waits until nothing is pending. False when the time is over first. */
  waitIdle(options?: CallOptions): Promise<boolean>;
  /** What crm_verify says: empty when all is well. `cibXml` instead of the live one where given. */
  verify(cibXml?: string, options?: CallOptions): Promise<readonly string[]>;
  /** A transient node attribute (kept in the status, gone at reboot); undefined takes it away. */
  setTransientAttribute(
    node: string,
    name: string,
    value: string | undefined,
    options?: CallOptions,
  ): Promise<void>;
  getTransientAttribute(node: string, name: string, options?: CallOptions): Promise<string | undefined>;
  /** Has the cluster fence a node now; resolves when it is fenced. @throws HavenError pacemaker.fencing */
  fenceNode(node: string, action: "off" | "on" | "reboot", options?: CallOptions): Promise<void>;
  /** Tells the cluster that a node is certainly off. The caller has made sure. */
  confirmNodeOff(node: string, options?: CallOptions): Promise<void>;
  /** Forgets a node's failed fencing in the history; all nodes without a name. */
  clearFenceHistory(node?: string, options?: CallOptions): Promise<void>;
  /** Names of the fence agents that are installed where the tools run, "fence_ipmilan" and "external/ipmi". */
  fenceAgents(options?: CallOptions): Promise<readonly string[]>;
  /** What a fence agent says of itself, as XML. @throws HavenError agent.unknown, pacemaker.failed */
  fenceAgentMetadata(agent: string, options?: CallOptions): Promise<string>;
  /** What can be a resource, and which options there are. */
  readonly resourceAgents: ResourceAgents;
}

export interface LivePacemakerOptions {
  /** The file to work on instead of the live cluster; default what CIB_file in the environment names. */
  readonly cibFile?: string;
  /** How programs are run: on this machine unless said (on a node of the lab, say). */
  readonly exec?: (argv: readonly string[], options?: ExecOptions) => Promise<ExecResult>;
  /** Aborts every call. */
  readonly signal?: AbortSignal;
}

/**
 * Pacemaker by its own tools, as they are installed on the node. Works with 2.1.5 and 3.0. Exit codes are those of
 * `crm_error --exit --list`.
 */
export function livePacemaker(options: LivePacemakerOptions = {}): Pacemaker {
  return new LivePacemaker(options);
}

class LivePacemaker implements Pacemaker {
  readonly cibFile: string | undefined;
  readonly resourceAgents = resourceAgents((argv, options) => this.call(argv, options));

  constructor(private readonly options: LivePacemakerOptions) {
    const file = options.cibFile ?? (process.env.CIB_file === "" ? undefined : process.env.CIB_file);
    this.cibFile = file;
  }

  private async call(argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    const execute = this.options.exec ?? exec;
    const signal = joinSignals(this.options.signal, options.signal);
    try {
      return await execute(argv, {
        ...options,
        ...(signal === undefined ? {} : { signal }),
        // What else would change what the tools talk to, or what they print.
        env: {
          ...options.env,
          CIB_file: this.cibFile,
          CIB_shadow: undefined,
          PCMK_trace_functions: undefined,
        },
      });
    } catch (error) {
      if (!isHavenError(error, "exec.missing")) throw error;
      throw new HavenError("exec.missing", { ...error.payload, package: "pacemaker-cli-utils" });
    }
  }

  private async need(argv: readonly string[], options: ExecOptions = {}): Promise<string> {
    const result = await this.call(argv, options);
    if (result.code !== 0) throw toolFailed(argv, result);
    return result.stdout;
  }

  private needsCluster(what: string): void {
    if (this.cibFile !== undefined) throw new HavenError("pacemaker.no-file-action", { what });
  }

  async queryCib(options: CallOptions & { readonly scope?: "configuration" } = {}): Promise<string> {
    const { scope, ...call } = options;
    if (scope === undefined) return await this.need(["cibadmin", "--query"], call);
    const inFile = this.options.exec === undefined ? configurationInFile(this.cibFile) : undefined;
    if (inFile !== undefined) return `<cib>${inFile}</cib>`;
    return `<cib>${await this.need(["cibadmin", "--query", "--scope", scope], call)}</cib>`;
  }

  async status(options: StatusOptions = {}): Promise<ClusterStatus> {
    const { attributes, fenceHistory, bans, failCounts, ...call } = options;
    const sections = ["none", "summary", "nodes", "resources", "failures", "options"];
    if (attributes !== false) sections.push("attributes");
    if (failCounts !== false) sections.push("failcounts");
    if (bans !== false) sections.push("bans");
    // Files have no fencer to ask; crm_mon leaves the section out by itself.
    if (fenceHistory === "problems") sections.push("fencing-failed", "fencing-pending");
    else if (fenceHistory !== "none") sections.push("fencing");
    const argv = ["crm_mon", "--one-shot", "--output-as=xml", `--include=${sections.join(",")}`];
    if (fenceHistory === undefined || fenceHistory === "all") argv.push("--fence-history=3");
    const schemas =
      this.cibFile === undefined && this.options.exec === undefined ? trustingSchemas() : undefined;
    if (schemas !== undefined) {
      const result = await this.crmMon(argv, { ...call, env: { PCMK_schema_directory: schemas } });
      const status = statusOf(result);
      // Whatever it did not like: asked plainly, it says so again.
      if (status !== undefined) return status;
    }
    const result = await this.crmMon(argv, call);
    if (result.code !== 0 && result.stdout.trim() === "") throw toolFailed(argv, result);
    return parseStatus(result.stdout);
  }

  private async crmMon(argv: readonly string[], options: ExecOptions): Promise<ExecResult> {
    // Having printed all, crm_mon still takes leave of four daemons.
    return await this.call(argv, { timeoutMs: 120_000, ...options, complete: "</pacemaker-result>\n" });
  }

  async quorum(options: CallOptions = {}): Promise<QuorumStatus | undefined> {
    // Its exit code only says whether there is quorum.
    return await this.corosync(["corosync-quorumtool", "-s"], parseQuorum, options);
  }

  async links(options: CallOptions = {}): Promise<readonly LinkStatus[] | undefined> {
    return await this.corosync(["corosync-cfgtool", "-s"], parseLinks, options);
  }

  /** What a tool of corosync's on this node prints; undefined for a file, and where there is none or it hangs. */
  private async corosync<T>(
    argv: readonly string[],
    parse: (text: string) => T | undefined,
    options: CallOptions,
  ): Promise<T | undefined> {
    if (this.cibFile !== undefined) return undefined;
    try {
      return parse((await this.call(argv, { timeoutMs: 5000, ...options })).stdout);
    } catch (error) {
      if (isHavenError(error, "exec.missing") || isHavenError(error, "exec.timeout")) return undefined;
      throw error;
    }
  }

  async simulate(cibXml: string, options: SimulateOptions = {}): Promise<Transition> {
    const { scores, failNodes, ...call } = options;
    const argv = ["crm_simulate", "--run", "--xml-pipe", "--output-as=xml"];
    if (scores === true) argv.push("--show-scores");
    for (const node of failNodes ?? []) argv.push(`--node-fail=${node}`);
    const result = await this.call(argv, { timeoutMs: 120_000, ...call, input: cibXml });
    if (result.code === exitCode.rejected) {
      const tooNew = schemaTooNew(result.stderr);
      if (tooNew !== undefined) throw new HavenError("pacemaker.rejected", { why: tooNew });
      throw await this.whyRejected(cibXml, call);
    }
    if (result.code !== 0) throw toolFailed(argv, result);
    return parseTransition(result.stdout);
  }

  private async whyRejected(cibXml: string, call: CallOptions): Promise<HavenError> {
    const problems = await this.verify(cibXml, call);
    const why = problems.length === 0 ? "it does not conform to the schema" : problems.slice(0, 5).join("; ");
    return new HavenError("pacemaker.rejected", { why });
  }

  async applyPatch(patchXml: string, options: CallOptions = {}): Promise<void> {
    const argv = ["cibadmin", "--patch", "--xml-pipe"];
    const result = await this.call(argv, { ...options, input: patchXml });
    if (result.code === 0) return;
    if (result.code === exitCode.conflict) throw new HavenError("pacemaker.conflict");
    if (result.code === exitCode.rejected) {
      // The rejected configuration stands on standard output, whole: not for people's eyes.
      throw new HavenError("pacemaker.rejected", {
        why: toolWords(result) || "it does not conform to the schema",
      });
    }
    throw toolFailed(argv, result);
  }

  async cleanup(resource: string, options: CallOptions & { readonly node?: string } = {}): Promise<void> {
    await this.forget("--cleanup", resource, options);
  }

  async refresh(resource: string, options: CallOptions & { readonly node?: string } = {}): Promise<void> {
    await this.forget("--refresh", resource, options);
  }

  private async forget(
    how: "--cleanup" | "--refresh",
    resource: string,
    options: CallOptions & { readonly node?: string },
  ): Promise<void> {
    const { node, ...call } = options;
    this.needsCluster(how === "--cleanup" ? "Cleaning up a resource" : "Refreshing a resource");
    const argv = ["crm_resource", how, "--resource", resource];
    if (node !== undefined) argv.push("--node", node);
    await this.need(argv, { timeoutMs: 60_000, ...call });
  }

  async failResource(resource: string, node: string, options: CallOptions = {}): Promise<void> {
    this.needsCluster("Reporting a failure");
    await this.need(["crm_resource", "--fail", "--resource", resource, "--node", node], options);
  }

  async waitIdle(options: CallOptions = {}): Promise<boolean> {
    this.needsCluster("Waiting for the cluster");
    const timeoutMs = options.timeoutMs ?? 60_000;
    const argv = ["crm_resource", "--wait", `--timeout=${Math.max(1, Math.ceil(timeoutMs / 1000))}s`];
    const result = await this.call(argv, { ...options, timeoutMs: timeoutMs + 15_000 });
    if (result.code === exitCode.timeout) return false;
    if (result.code !== 0) throw toolFailed(argv, result);
    return true;
  }

  async verify(cibXml?: string, options: CallOptions = {}): Promise<readonly string[]> {
    const source = cibXml === undefined ? ["--live-check"] : ["--xml-pipe"];
    const argv = ["crm_verify", "-VV", ...source];
    // A file has no live cluster to check; its text is given instead.
    const file =
      cibXml === undefined && this.cibFile !== undefined
        ? ["crm_verify", "-VV", "--xml-file", this.cibFile]
        : argv;
    const result = await this.call(file, { ...options, ...(cibXml === undefined ? {} : { input: cibXml }) });
    if (result.code === exitCode.notConnected) throw toolFailed(argv, result);
    return verifyLines(result.stderr);
  }

  async setTransientAttribute(
    node: string,
    name: string,
    value: string | undefined,
    options: CallOptions = {},
  ): Promise<void> {
    this.needsCluster("A transient node attribute");
    const what = value === undefined ? ["--delete"] : ["--update", value];
    await this.need(["attrd_updater", "--name", name, "--node", node, ...what], options);
  }

  async getTransientAttribute(
    node: string,
    name: string,
    options: CallOptions = {},
  ): Promise<string | undefined> {
    this.needsCluster("A transient node attribute");
    const argv = ["attrd_updater", "--name", name, "--node", node, "--query"];
    const result = await this.call(argv, options);
    // ENXIO says it too.
    if (result.code === exitCode.noSuchObject || result.code === 6) return undefined;
    if (result.code !== 0) throw toolFailed(argv, result);
    return /value="([^"]*)"/.exec(result.stdout)?.[1];
  }

  async fenceNode(node: string, action: "off" | "on" | "reboot", options: CallOptions = {}): Promise<void> {
    this.needsCluster("Fencing");
    const how = { off: "--fence", on: "--unfence", reboot: "--reboot" }[action];
    const timeoutMs = options.timeoutMs ?? 300_000;
    // A plain number: unlike other tools it takes no unit.
    const argv = ["stonith_admin", how, node, `--timeout=${Math.ceil(timeoutMs / 1000)}`];
    const result = await this.call(argv, { ...options, timeoutMs: timeoutMs + 15_000 });
    if (result.code !== 0) {
      throw new HavenError("pacemaker.fencing", {
        node,
        action,
        why: toolWords(result) || `exit code ${result.code}`,
      });
    }
  }

  async confirmNodeOff(node: string, options: CallOptions = {}): Promise<void> {
    this.needsCluster("Confirming that a node is off");
    await this.need(["stonith_admin", "--confirm", node], options);
  }

  async clearFenceHistory(node?: string, options: CallOptions = {}): Promise<void> {
    this.needsCluster("Clearing the fencing history");
    await this.need(["stonith_admin", "--cleanup", "--history", node ?? "*"], options);
  }

  async fenceAgents(options: CallOptions = {}): Promise<readonly string[]> {
    const text = await this.need(["stonith_admin", "--list-installed"], options);
    return text.split("\n").flatMap((line) => (/^\s*([\w./-]+)\s*$/.exec(line) ?? []).slice(1));
  }

  async fenceAgentMetadata(agent: string, options: CallOptions = {}): Promise<string> {
    const argv = ["stonith_admin", "--metadata", "--agent", agent];
    const result = await this.call(argv, { timeoutMs: 30_000, ...options });
    if (result.code === exitCode.noSuchObject) throw new HavenError("agent.unknown", { agent });
    if (result.code !== 0) throw toolFailed(argv, result);
    return result.stdout;
  }
}

/** The configuration as it stands in a file; undefined where that is no plain XML (CIBs may be compressed). */
function configurationInFile(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    const text = readFileSync(path, "utf8");
    const end = "</configuration>";
    const [from, to] = [text.indexOf("<configuration"), text.lastIndexOf(end)];
    return text.startsWith("<") && from !== -1 && to > from ? text.slice(from, to + end.length) : undefined;
  } catch {
    return undefined;
  }
}

function statusOf(result: ExecResult): ClusterStatus | undefined {
  try {
    return result.code === 0 ? parseStatus(result.stdout) : undefined;
  } catch (error) {
    // A cluster that is down is so with any schema.
    if (isHavenError(error, "pacemaker.down")) throw error;
    return undefined;
  }
}

function joinSignals(...signals: readonly (AbortSignal | undefined)[]): AbortSignal | undefined {
  const given = signals.filter((signal) => signal !== undefined);
  return given.length > 1 ? AbortSignal.any(given) : given[0];
}

/** crm_verify's lines without the names of C functions, and without its closing words. */
function verifyLines(stderr: string): readonly string[] {
  const lines = stderr
    .split("\n")
    .map((line) => line.replace(/^\([^)]*\)\s*/, "").trim())
    .filter(
      (line) =>
        line !== "" && !/^crm_verify: |^-V may provide|^(Errors|Warnings) found during check/.test(line),
    );
  return [...new Set(lines)];
}
