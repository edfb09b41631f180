import { closeSync, openSync } from "node:fs";
import { HavenError } from "./errors.ts";

/** How a program is run. */
export interface ExecOptions {
  /** Written to standard input, which is then closed. Without it standard input is /dev/null. */
  readonly input?: string | Uint8Array;
  /** After this many milliseconds the program is killed and `exec.timeout` thrown. Default 30,000. */
  readonly timeoutMs?: number;
  /** Kills the program; `interrupted` is thrown. */
  readonly signal?: AbortSignal;
  /** Added to the environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Standard output and error together may not exceed it. Default 64 MiB. */
  readonly maxOutputBytes?: number;
  /**
   * Standard output that ends with this is whole: the result is given at once, with code 0, and the program is
   * left to end by itself. For programs that print a document and then take their time to end.
   */
  readonly complete?: string;
  /** Called with standard output as it comes, in pieces that may end anywhere: for programs that tell their progress. */
  readonly onStdout?: (piece: string) => void;
  /**
   * When its time is over, or nobody waits any longer, the program is left to go on by itself instead of killed: one that
   * hangs in the kernel cannot be killed, and tidies up after itself when it comes back.
   */
  readonly leaveLate?: boolean;
}

export interface ExecResult {
  /** The exit code; null when a signal ended the program. */
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

// Both would turn a compiled Bun executable into something else, see docs/architecture.md.
const dangerous = ["BUN_OPTIONS", "BUN_BE_BUN"] as const;

/** The environment of a child: ours, in the C locale, without what would change a Bun executable. */
export function childEnvironment(extra: ExecOptions["env"] = {}): Record<string, string> {
  const env: Record<string, string> = {};
  const path = process.env.PATH ?? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  for (const [name, value] of Object.entries({ ...process.env, LC_ALL: "C.UTF-8", PATH: path, ...extra })) {
    if (value !== undefined && !(dangerous as readonly string[]).includes(name)) env[name] = value;
  }
  return env;
}

/**
 * Runs a program without a shell and waits for its end. A non-zero exit code is an answer, not an error; see
 * `run` for the other way.
 *
 * @throws HavenError exec.missing, exec.timeout, exec.output, interrupted
 */
export async function exec(argv: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
  const [program] = argv;
  if (program === undefined) throw new HavenError("internal", { what: "exec without a program" });
  const command = argv.slice(0, 3).join(" ");
  if (options.signal?.aborted) throw new HavenError("interrupted");
  const timeoutMs = options.timeoutMs ?? 30_000;
  const maxBytes = options.maxOutputBytes ?? 64 * 1024 * 1024;
  const child = spawnPiped(argv, options);

  let failure: HavenError | undefined;
  let stop: (() => void) | undefined;
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const kill = (why: HavenError): void => {
    failure ??= why;
    if (options.leaveLate !== true) child.kill("SIGKILL");
    stop?.();
  };
  const timer = setTimeout(
    () => kill(new HavenError("exec.timeout", { command, seconds: timeoutMs / 1000 })),
    timeoutMs,
  );
  const onAbort = (): void => kill(new HavenError("interrupted"));
  options.signal?.addEventListener("abort", onAbort, { once: true });
  const budget = {
    left: maxBytes,
    exceeded: () => kill(new HavenError("exec.output", { command, bytes: maxBytes })),
  };
  try {
    // A grandchild may hold the pipes open after the child was killed: do not wait for their end then.
    const whole = options.complete === undefined ? undefined : wholeOutput(options.complete);
    const [out, err] = [child.stdout.getReader(), child.stderr.getReader()];
    const seen = whole?.seen ?? heard(options.onStdout);
    const output = Promise.all([collect(out, budget, seen), collect(err, budget)]);
    const done = Promise.all([output, child.exited]);
    const first = await Promise.race(whole === undefined ? [done, stopped] : [done, stopped, whole.text]);
    if (typeof first === "string" && failure === undefined) {
      await leave(child, [out, err]);
      return { code: 0, signal: null, stdout: first, stderr: "" };
    }
    if (failure !== undefined && options.leaveLate === true) await leave(child, [out, err]);
    if (failure !== undefined || first === undefined || typeof first === "string")
      throw failure ?? new HavenError("internal", { what: command });
    const [[stdout, stderr]] = first;
    const signal = child.signalCode === null ? null : String(child.signalCode);
    return { code: signal === null ? child.exitCode : null, signal, stdout, stderr };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", onAbort);
  }
}

/** Neither the program nor its pipes keep this process from ending. */
async function leave(
  child: Pick<Bun.Subprocess, "unref">,
  pipes: readonly { cancel(): Promise<void> }[],
): Promise<void> {
  child.unref();
  await Promise.all(pipes.map((pipe) => pipe.cancel()));
}

/**
 * Runs a program that must succeed, and returns its standard output.
 *
 * @throws HavenError exec.failed besides what `exec` throws
 */
export async function run(argv: readonly string[], options: ExecOptions = {}): Promise<string> {
  const result = await exec(argv, options);
  if (result.code !== 0) throw execFailed(argv, result);
  return result.stdout;
}

/** The error for a result that is not what the caller needed. */
export function execFailed(argv: readonly string[], result: ExecResult): HavenError {
  const stderr = result.stderr.trim().split("\n").slice(-5).join("; ").slice(0, 1000);
  const status = result.signal === null ? `exit code ${result.code}` : `signal ${result.signal}`;
  return new HavenError("exec.failed", { command: argv.slice(0, 4).join(" "), status, stderr });
}

function spawnPiped(argv: readonly string[], options: ExecOptions) {
  const input = typeof options.input === "string" ? new TextEncoder().encode(options.input) : options.input;
  try {
    return Bun.spawn([...argv], {
      stdin: input ?? "ignore",
      stdout: "pipe",
      stderr: "pipe",
      env: childEnvironment(options.env),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
  } catch (cause) {
    throw missingOr(cause, argv);
  }
}

/** Resolves with the text as soon as what was read ends with `end`. */
function wholeOutput(end: string): { text: Promise<string>; seen: (chunks: readonly Uint8Array[]) => void } {
  const bytes = Buffer.from(end);
  const { promise, resolve } = Promise.withResolvers<string>();
  const seen = (chunks: readonly Uint8Array[]): void => {
    const last = chunks.at(-1) ?? bytes.subarray(0, 0);
    const tail =
      last.length >= bytes.length
        ? last.subarray(-bytes.length)
        : Buffer.concat(chunks).subarray(-bytes.length);
    if (bytes.equals(tail)) resolve(Buffer.concat(chunks).toString("utf8"));
  };
  return { text: promise, seen };
}

/** Hands each piece on as text. */
function heard(onStdout: ExecOptions["onStdout"]): ((chunks: readonly Uint8Array[]) => void) | undefined {
  if (onStdout === undefined) return undefined;
  const decoder = new TextDecoder();
  return (chunks) => onStdout(decoder.decode(chunks.at(-1), { stream: true }));
}

async function collect(
  reader: { read(): Promise<{ done: boolean; value?: Uint8Array | undefined }>; cancel(): Promise<void> },
  budget: { left: number; readonly exceeded: () => void },
  seen?: (chunks: readonly Uint8Array[]) => void,
): Promise<string> {
  const chunks: Uint8Array[] = [];
  for (;;) {
    const { value: chunk } = await reader.read();
    if (chunk === undefined) break;
    budget.left -= chunk.byteLength;
    if (budget.left < 0) {
      budget.exceeded();
      await reader.cancel();
      break;
    }
    chunks.push(chunk);
    seen?.(chunks);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** How a program is started that outlives its caller. */
export interface DetachOptions {
  /** The file that standard output and error are appended to. */
  readonly outputFile: string;
  readonly env?: ExecOptions["env"];
  readonly cwd?: string;
}

/**
 * Starts a program in a session of its own, which goes on when the caller ends or its terminal goes away, and
 * returns its process number. Standard input is /dev/null.
 *
 * @throws HavenError exec.missing
 */
export function spawnDetached(argv: readonly string[], options: DetachOptions): number {
  const output = openSync(options.outputFile, "a");
  try {
    const child = Bun.spawn([...argv], {
      stdin: "ignore",
      stdout: output,
      stderr: output,
      detached: true,
      env: childEnvironment(options.env),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    child.unref();
    return child.pid;
  } catch (cause) {
    throw missingOr(cause, argv);
  } finally {
    closeSync(output);
  }
}

/** A program whose standard input and output are a connection to somewhere. */
export interface Pipe {
  /** What it prints, until it ends. */
  readonly output: AsyncIterable<Uint8Array>;
  /** Hands it bytes; resolves when it can take more. What it does not take any more is dropped. */
  write(bytes: Uint8Array): Promise<void>;
  /** Says that nothing more comes. */
  end(): void;
  kill(): void;
  /** Its exit code (null when a signal ended it) and the end of what it said on standard error. Never rejects. */
  readonly ended: Promise<{ readonly code: number | null; readonly stderr: string }>;
}

/**
 * Starts a program to speak with through its standard input and output. There is no limit of time: it lives until it
 * ends, or is killed.
 *
 * @throws HavenError exec.missing
 */
export function spawnPipe(argv: readonly string[], options: Pick<ExecOptions, "env"> = {}): Pipe {
  let child: Bun.Subprocess<"pipe", "pipe", "pipe">;
  try {
    const env = childEnvironment(options.env);
    child = Bun.spawn([...argv], { stdin: "pipe", stdout: "pipe", stderr: "pipe", env });
  } catch (cause) {
    throw missingOr(cause, argv);
  }
  const { stdin } = child;
  const complaint = lastWords(child.stderr);
  return {
    output: child.stdout,
    async write(bytes) {
      try {
        stdin.write(bytes);
        await stdin.flush();
      } catch {
        // It has ended, which `ended` tells.
      }
    },
    end: () => void Promise.resolve(stdin.end()).catch(() => undefined),
    kill: () => child.kill(),
    ended: Promise.all([child.exited, complaint]).then(([, stderr]) => ({ code: child.exitCode, stderr })),
  };
}

/** The end of a stream of text; what came before is not kept. */
async function lastWords(stream: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  try {
    for await (const chunk of stream) text = (text + Buffer.from(chunk).toString("utf8")).slice(-2000);
  } catch {
    // Its end is what counts.
  }
  return text.trim();
}

/**
 * Runs a program on the caller's own terminal and returns its exit code, as a shell gives it (128 + signal).
 *
 * @throws HavenError exec.missing
 */
export async function attach(
  argv: readonly string[],
  options: Pick<ExecOptions, "env"> = {},
): Promise<number> {
  try {
    const child = Bun.spawn([...argv], {
      stdin: "inherit",
      stdout: "inherit",
      stderr: "inherit",
      env: childEnvironment(options.env),
    });
    const code = await child.exited;
    return code;
  } catch (cause) {
    throw missingOr(cause, argv);
  }
}

function missingOr(cause: unknown, argv: readonly string[]): unknown {
  if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") {
    return new HavenError("exec.missing", { program: argv[0] ?? "" });
  }
  return cause;
}
