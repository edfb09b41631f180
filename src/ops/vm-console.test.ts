import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { refusal, VmCibFile } from "../../test/support/vm-cib-file.ts";
import type { Libvirt } from "../libvirt/client.ts";
import { consoleFlag, domainState, errorCode } from "../libvirt/constants.ts";
import { LibvirtError } from "../libvirt/libvirt-error.ts";
import type { Environment } from "./environment.ts";
import { vmAdd } from "./vm-add.ts";
import { type VmConsoleResult, vmConsole } from "./vm-console.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-vm-console-"));
const file = new VmCibFile(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

const errorOf = (code: number, message: string): LibvirtError =>
  new LibvirtError({ code, domain: 10, level: 2, message });
const busy = errorOf(
  errorCode.operationFailed,
  "operation failed: Active console session exists for this domain",
);

/** One session, as libvirt has it. */
class FakeStream {
  readonly sent: string[] = [];
  aborted = false;
  #give: ((text: string | undefined) => void) | undefined;
  #waiting: (string | undefined)[] = [];

  /** What the guest prints; undefined ends the session. */
  print(text: string | undefined): void {
    if (this.#give === undefined) this.#waiting.push(text);
    else this.#give(text);
    this.#give = undefined;
  }

  send(bytes: Uint8Array): Promise<void> {
    this.sent.push(Buffer.from(bytes).toString());
    return Promise.resolve();
  }

  abort(): Promise<void> {
    this.aborted = true;
    return Promise.resolve();
  }

  async *[Symbol.asyncIterator]() {
    for (;;) {
      const text =
        this.#waiting.length > 0
          ? this.#waiting.shift()
          : await new Promise<string | undefined>((resolve) => {
              this.#give = resolve;
            });
      if (text === undefined) return;
      yield Buffer.from(text);
    }
  }
}

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)("a console", () => {
  let at: string;
  let taken: boolean;
  let flags: number[];
  let streams: FakeStream[];
  let shown: string;
  let said: string[];
  let leave: AbortController;
  let stop: AbortController;
  let type: (text: string) => void;

  beforeEach(async () => {
    file.reset();
    await vmAdd(fileEnvironment(file.path), { texts: [{ file: "x", text: "name: a\nmemory: 1G\n" }] });
    file.runs({ a: { node: 2 } });
    [at, taken, flags, streams, shown, said] = ["node2", false, [], [], "", []];
    leave = new AbortController();
    stop = new AbortController();
    type = () => undefined;
  });

  const libvirtOf = (node: string): Libvirt =>
    ({
      domainLookupByUUID: (uuid: string) =>
        node === at
          ? Promise.resolve({ name: "a", uuid, id: 1 })
          : Promise.reject(errorOf(errorCode.noDomain, "no domain")),
      domainGetState: () => Promise.resolve({ state: domainState.running, reason: 1 }),
      domainOpenConsole: (_domain: unknown, _device: unknown, asked: number) => {
        if (taken && (asked & consoleFlag.force) === 0) return Promise.reject(busy);
        flags.push(asked);
        streams.push(new FakeStream());
        return Promise.resolve(streams.at(-1));
      },
    }) as unknown as Libvirt;

  const open = (
    options: { readonly force?: boolean; readonly readOnly?: boolean } = {},
  ): Promise<VmConsoleResult> => {
    const environment: Environment = {
      ...fileEnvironment(file.path),
      isLive: true,
      signal: stop.signal,
      libvirt: (node = "here") => Promise.resolve(libvirtOf(node)),
    };
    const end = {
      left: leave.signal,
      write: (bytes: Uint8Array) => {
        shown += Buffer.from(bytes).toString();
        return Promise.resolve();
      },
      onKeys: (listener: (bytes: Uint8Array) => Promise<void>) => {
        type = (text) => void listener(Buffer.from(text));
      },
      say: (line: string) => void said.push(line),
    };
    return vmConsole(environment, { name: "a", end, leaveKey: "Ctrl-]", ...options });
  };
  const until = async (condition: () => boolean): Promise<void> => {
    for (const end = performance.now() + 30_000; !condition() && performance.now() < end; )
      await Bun.sleep(5);
    expect(condition()).toBe(true);
  };

  test("what is typed goes to the guest, what it prints comes back, until the person leaves", async () => {
    const result = open();
    await until(() => streams.length === 1);
    streams[0]?.print("login: ");
    await until(() => shown === "login: ");
    type("root\r");
    leave.abort();
    expect(await result).toEqual({ name: "a", node: "node2", why: "left" });
    expect(streams[0]).toMatchObject({ sent: ["root\r"], aborted: true });
    expect(flags).toEqual([consoleFlag.safe]);
    expect(said).toEqual(["Connected to a on node2 (Ctrl-] leaves it)"]);
  });

  test("after a migration it goes on where the guest is", async () => {
    const result = open();
    await until(() => streams.length === 1);
    at = "node1";
    streams[0]?.print(undefined);
    await until(() => streams.length === 2);
    type("x");
    streams[1]?.print("here");
    await until(() => shown === "here");
    leave.abort();
    expect(await result).toEqual({ name: "a", node: "node1", why: "left" });
    expect(said.at(-1)).toBe("a is on node1 now: connected again");
    expect([streams[0]?.sent, streams[1]?.sent]).toEqual([[], ["x"]]);
  });

  test("one that is stopped ends it; one that is to run is waited for", async () => {
    const result = open();
    await until(() => streams.length === 1);
    at = "nowhere";
    streams[0]?.print(undefined);
    await until(() => said.includes("a does not run now, waiting for it (Ctrl-] leaves)"));
    at = "node3";
    await until(() => streams.length === 2);
    expect(said.at(-1)).toBe("a is on node3 now: connected again");
    const text = await Bun.file(file.path).text();
    const meta =
      '<meta_attributes id="m"><nvpair id="m-t" name="target-role" value="Stopped"/></meta_attributes></primitive>';
    await Bun.write(file.path, text.replace(/(<primitive id="vm-a"[\s\S]*?)<\/primitive>/, `$1${meta}`));
    file.runs({});
    at = "nowhere";
    streams[1]?.print(undefined);
    expect(await result).toEqual({ name: "a", node: "node3", why: "stopped" });
  }, 60_000);

  test("another session has it, or takes it", async () => {
    taken = true;
    expect(await refusal(open())).toBe("vm.refused: a has a console session already, on node2");
    const result = refusal(open({ force: true }));
    await until(() => streams.length === 1);
    expect(flags).toEqual([consoleFlag.safe | consoleFlag.force]);
    streams[0]?.print(undefined);
    expect(await result).toBe(
      "vm.refused: a has its console in another session now, which took it over on node2",
    );
  }, 60_000);

  test("only to look: nothing is heard; a signal ends it", async () => {
    const result = refusal(open({ readOnly: true }));
    await until(() => streams.length === 1);
    type("x");
    stop.abort();
    expect(await result).toStartWith("interrupted");
    expect(streams[0]).toMatchObject({ sent: [], aborted: true });
    expect(said).toEqual(["Connected to a on node2, only to look (Ctrl-] leaves it)"]);
  });
});
