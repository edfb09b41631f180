import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import type { TestLab } from "./test-lab.ts";

/**
 * SSH between nodes of a lab, which has none: on a node `ssh` hands its words on through the shared storage, and here they
 * are run where they belong, as sshd would. `systemctl reboot` stops the cluster there and cuts the power for a moment.
 */
export class LabSsh {
  readonly #dir: string;
  /** What was run where: "node2: 'uname' '-n'". */
  readonly ran: string[] = [];
  #ended = false;
  #working: Promise<void> = Promise.resolve();

  constructor(private readonly lab: TestLab) {
    this.#dir = `${lab.lab.settings.dir}/shared/ssh`;
  }

  /** @param node Where `ssh` is to be had */
  async begin(node: string): Promise<void> {
    rmSync(this.#dir, { recursive: true, force: true });
    mkdirSync(this.#dir, { recursive: true });
    await this.lab.node(node).writeFile("/usr/local/bin/ssh", program, { mode: 0o755 });
    this.#working = this.#serve();
  }

  async end(node: string): Promise<void> {
    this.#ended = true;
    await this.#working;
    await this.lab.run(node, ["rm", "-f", "/usr/local/bin/ssh"]);
    rmSync(this.#dir, { recursive: true, force: true });
  }

  async #serve(): Promise<void> {
    while (!this.#ended) {
      for (const name of readdirSync(this.#dir)) {
        if (!name.endsWith(".request")) continue;
        const path = `${this.#dir}/${name}`;
        const [node = "", ...words] = readFileSync(path, "utf8").split("\n");
        rmSync(path);
        await this.#answer(path.replace(/\.request$/, ""), node, words.join("\n").trimEnd());
      }
      await Bun.sleep(100);
    }
  }

  async #answer(path: string, node: string, words: string): Promise<void> {
    this.ran.push(`${node}: ${words}`);
    const restarts = words === "'systemctl' 'reboot'";
    const { code, stdout, stderr } = restarts
      ? { code: 0, stdout: "", stderr: "" }
      : await this.lab.node(node).exec(["sh", "-c", words], { timeoutMs: 60_000 });
    writeFileSync(`${path}.out`, stdout);
    writeFileSync(`${path}.err`, stderr);
    writeFileSync(`${path}.new`, String(code ?? 255));
    renameSync(`${path}.new`, `${path}.code`);
    if (!restarts) return;
    await this.lab.run(node, ["systemctl", "stop", "pacemaker", "corosync"]);
    await this.lab.lab.powerOff(node);
    await this.lab.lab.powerOn(node);
  }
}

/** The last two words are the node and what its shell is to read. */
const program = `#!/bin/sh
while [ $# -gt 2 ]; do shift; done
ask=/srv/shared/ssh/$$-$(date +%s%N)
printf '%s\\n%s\\n' "$1" "$2" > "$ask.new"
mv "$ask.new" "$ask.request"
while [ ! -e "$ask.code" ]; do sleep 0.1; done
cat "$ask.out"
cat "$ask.err" >&2
exit "$(cat "$ask.code")"
`;
