import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exec } from "../../src/base/exec.ts";

/** Where NUT's programs are, and the libraries that they need. */
export interface NutPrograms {
  /** Of upsd, upsmon and the drivers. */
  readonly daemons: string;
  readonly upssched: string;
  readonly libraries: string | undefined;
}

/**
 * NUT as the machine has it, else the distribution's packages, fetched and unpacked in a folder: nothing is installed.
 *
 * @returns why there is none
 */
export async function nutPrograms(folder: string): Promise<NutPrograms | string> {
  if (existsSync("/lib/nut/dummy-ups") && existsSync("/sbin/upssched"))
    return { daemons: "/lib/nut", upssched: "/sbin/upssched", libraries: undefined };
  if (Bun.which("apt-get") === null || Bun.which("dpkg") === null) return "there is neither NUT nor apt-get";
  const packages = join(folder, "packages");
  mkdirSync(packages);
  const depends = await exec(["apt-cache", "depends", "nut-client"], { timeoutMs: 120_000 });
  const library = /libupsclient\w+/.exec(depends.stdout)?.[0] ?? "libupsclient6";
  const fetch = await exec(["apt-get", "download", "nut-server", "nut-client", library], {
    ...{ cwd: packages, timeoutMs: 120_000 },
  });
  if (fetch.code !== 0) return `NUT's packages cannot be fetched: ${fetch.stderr.trim().split("\n").at(-1)}`;
  const root = join(folder, "root");
  for (const name of new Bun.Glob("*.deb").scanSync(packages))
    await exec(["dpkg", "-x", join(packages, name), root], { timeoutMs: 120_000 });
  const found = (pattern: string): string | undefined =>
    [...new Bun.Glob(pattern).scanSync({ cwd: root, onlyFiles: false })].map((path) => join(root, path))[0];
  const driver = found("**/nut/dummy-ups");
  const upssched = found("**/sbin/upssched");
  const libraries = found("**/libupsclient.so.*")?.replace(/\/[^/]+$/, "");
  if (driver === undefined || upssched === undefined || libraries === undefined)
    return "NUT's packages are not as they were expected";
  return { daemons: driver.replace(/\/[^/]+$/, ""), upssched, libraries };
}

/** Real NUT with UPSes that are files: dummy-ups, upsd, upsmon and upssched. */
export class NutWorld {
  readonly #dir: string;
  readonly #children: Bun.Subprocess[] = [];

  constructor(
    private readonly programs: NutPrograms,
    readonly port: number,
  ) {
    this.#dir = mkdtempSync(join(tmpdir(), "haven-nut-"));
  }

  /** The only UPS, as NUT names it. */
  get ups(): string {
    return `ups1@127.0.0.1:${this.port}`;
  }

  /** What the UPS says from now on: OL, OB, OB LB. */
  say(status: string): void {
    const path = join(this.#dir, "ups1.dev");
    writeFileSync(`${path}.new`, `ups.status: ${status}\n`);
    renameSync(`${path}.new`, path);
  }

  /** @param script What upssched calls, with the event behind it; `env` is its environment */
  start(script: string, env: Readonly<Record<string, string>>): void {
    const dir = this.#dir;
    const put = (name: string, ...lines: string[]): void =>
      writeFileSync(join(dir, name), `${lines.join("\n")}\n`, { mode: 0o600 });
    put("ups.conf", "[ups1]", "driver = dummy-ups", `port = ${dir}/ups1.dev`, "mode = dummy-loop");
    put("upsd.conf", `LISTEN 127.0.0.1 ${this.port}`);
    put("upsd.users", "[monitor]", "password = secret", "upsmon primary");
    put(
      "upsmon.conf",
      `MONITOR ${this.ups} 1 monitor secret primary`,
      ...["RUN_AS_USER root", "POLLFREQ 1", "POLLFREQALERT 1", "FINALDELAY 0", 'SHUTDOWNCMD "/bin/true"'],
      `NOTIFYCMD ${this.programs.upssched}`,
      ...["ONLINE", "ONBATT", "LOWBATT"].map((event) => `NOTIFYFLAG ${event} EXEC`),
    );
    // As docs/power.md has it.
    put(
      "upssched.conf",
      `CMDSCRIPT "${script}"`,
      ...[`PIPEFN ${dir}/upssched.pipe`, `LOCKFN ${dir}/upssched.lock`],
      ...["AT ONBATT * EXECUTE onbatt", "AT ONLINE * EXECUTE online", "AT LOWBATT * EXECUTE lowbatt"],
    );
    const own = {
      ...{ NUT_CONFPATH: dir, NUT_STATEPATH: dir, NUT_ALTPIDPATH: dir, NUT_PIDPATH: dir },
      ...(this.programs.libraries === undefined ? {} : { LD_LIBRARY_PATH: this.programs.libraries }),
    };
    const run = (program: string, ...words: string[]): void => {
      const argv = [join(this.programs.daemons, program), "-u", "root", ...words, "-D"];
      const all = { ...process.env, ...own, ...env };
      this.#children.push(Bun.spawn(argv, { env: all, stdout: "ignore", stderr: "ignore" }));
    };
    run("dummy-ups", "-a", "ups1");
    run("upsd");
    run("upsmon");
  }

  async end(): Promise<void> {
    for (const child of this.#children) child.kill();
    await Promise.all(this.#children.map((child) => child.exited));
    rmSync(this.#dir, { recursive: true });
  }
}
