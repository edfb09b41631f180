import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { inflateSync } from "node:zlib";
import { addVm, removeVms } from "./harness/add-vm.ts";
import { guestConsole } from "./harness/guest-console.ts";
import { LabApi } from "./harness/lab-api.ts";
import { describeLab } from "./harness/lab-missing.ts";
import { PtySession } from "./harness/pty-session.ts";
import { quietLab } from "./harness/quiet-lab.ts";
import type { TestLab } from "./harness/test-lab.ts";
import { waitFor } from "./harness/wait-for.ts";

const minute = 60_000;
const vm = "reach";
const leave = "\x1d";

describeLab("reaching a running guest", () => {
  let lab: TestLab;
  beforeAll(async () => {
    lab = await quietLab();
    await removeVms(lab, vm);
    await addVm(lab, { name: vm, words: ["haven.keys=1"], spec: { graphics: "vnc" } });
  }, 8 * minute);
  afterAll(async () => {
    await removeVms(lab, vm);
  }, 2 * minute);

  /** Where it runs, and two nodes where it does not. */
  const places = async (): Promise<readonly [here: string, other: string, third: string]> => {
    const here = await waitFor(`${vm} to run`, minute, () => lab.whereIs(vm));
    const [other = "", third = ""] = lab.names.filter((name) => name !== here);
    return [here, other, third];
  };
  const session = (node: string, ...words: readonly string[]): PtySession =>
    new PtySession(lab.node(node), ["haven", "vm", ...words]);
  /** Opens a console and waits until it is connected. */
  const openConsole = async (node: string, ...words: readonly string[]): Promise<PtySession> => {
    const opened = session(node, "console", vm, ...words);
    await opened.sees(/Connected to reach on node\d/, minute, 0);
    return opened;
  };
  const killed = (node: string, signal: string): Promise<string> =>
    lab.run(node, ["pkill", `-${signal}`, "-f", `^haven vm console ${vm}`]);
  const libvirtd = async (node: string): Promise<string> => await lab.run(node, ["pgrep", "-x", "libvirtd"]);

  describe("its console", () => {
    test(
      "what is typed on another node is answered, also after a live migration; Ctrl-] leaves",
      async () => {
        const [here, other, third] = await places();
        const { boots } = guestConsole(lab, vm);
        await using console_ = await openConsole(other);
        expect(console_.text).toContain(`Connected to ${vm} on ${here} (Ctrl-] leaves it)`);
        await console_.sees(/haven-guest reach boot=\S+ seq=\d+ uptime=/, minute);
        console_.type("hello there\r");
        await console_.sees(/heard hello there\r\n/, minute);
        expect(console_.isRestored).toBe(false);

        const second = await lab.tryHaven(["vm", "console", vm, "--read-only"], { on: third });
        expect(second.stderr).toContain(`${vm} has a console session already, on ${here}`);
        expect(second.stderr).toContain(`next: Take it over: haven vm console --force ${vm}`);
        expect(second.code).toBe(4);

        const before = console_.text.length;
        await lab.haven(["vm", "move", vm, "--to", third]);
        await console_.sees(new RegExp(`${vm} is on ${third} now: connected again`), minute, before);
        console_.type("still here\r");
        await console_.sees(/heard still here\r\n/, minute);
        console_.type(leave);
        expect(await console_.ends(minute)).toBe(0);
        expect(console_.text).toContain(`Left ${vm}`);
        expect(console_.isRestored).toBe(true);
        expect(guestConsole(lab, vm).boots).toEqual(boots);
      },
      4 * minute,
    );

    test(
      "it is taken over with --force; killed by a signal, it gives the terminal back",
      async () => {
        const [here, other, third] = await places();
        await using first = await openConsole(other);
        await using second = await openConsole(third, "--force");
        expect(await first.ends(minute)).toBe(4);
        expect(first.text).toContain(`${vm} has its console in another session now`);
        expect(first.isRestored).toBe(true);
        second.type("mine\r");
        await second.sees(/heard mine\r\n/, minute);
        for (const [signal, code] of [
          ["TERM", 130],
          ["HUP", 0],
        ] as const) {
          await using one = signal === "TERM" ? undefined : await openConsole(third);
          const victim = one ?? second;
          expect(victim.isRestored).toBe(false);
          await killed(third, signal);
          expect(await victim.ends(minute)).toBe(code);
          expect(victim.isRestored).toBe(true);
        }
        // libvirt has let go of it.
        const again = await openConsole(here);
        again.type(leave);
        expect(await again.ends(minute)).toBe(0);
      },
      4 * minute,
    );

    test(
      "only to look: nothing is handed on, Ctrl-C leaves",
      async () => {
        const [, other] = await places();
        await using looking = await openConsole(other, "--read-only");
        looking.type("unheard\r");
        await looking.sees(/(seq=\d+ uptime=[\s\S]*){3}/, minute);
        looking.type("\x03");
        expect(await looking.ends(minute)).toBe(0);
        expect(looking.text).not.toContain("heard unheard");
        const typeless = await lab.tryHaven(["vm", "console", vm], { on: other });
        expect(typeless.stderr).toContain("A console needs a terminal to type on");
        expect(typeless.code).toBe(2);
      },
      2 * minute,
    );

    test(
      "a VM that is destroyed under an open console: libvirt lives on, and the console comes back",
      async () => {
        const [here, other] = await places();
        await using console_ = await openConsole(other);
        await console_.sees(/seq=\d+/, minute);
        // A daemon that is restarted: the connection is lost, not the guest.
        const restarted = console_.text.length;
        await lab.run(here, ["systemctl", "restart", "libvirtd"]);
        await console_.sees(new RegExp(`${vm} is still on ${here}: connected again`), minute, restarted);
        const daemon = await libvirtd(here);

        const from = console_.text.length;
        await lab.run(here, ["virsh", "destroy", vm]);
        await console_.sees(
          new RegExp(`${vm} is (still )?on node\\d( now)?: connected again`),
          2 * minute,
          from,
        );
        const again = console_.text.indexOf("connected again", from);
        // It listens when it has begun to count.
        await console_.sees(/haven-guest reach boot=\S+ seq=\d+/, 2 * minute, again);
        console_.type("risen\r");
        await console_.sees(/heard risen\r\n/, minute);
        expect(await libvirtd(here)).toBe(daemon);

        const last = (await places())[0];
        const lastDaemon = await libvirtd(last);
        await lab.haven(["vm", "stop", "--force", "--yes", vm]);
        expect(await console_.ends(minute)).toBe(0);
        expect(console_.text).toContain(`${vm} is stopped: left`);
        expect(console_.isRestored).toBe(true);
        expect(await libvirtd(last)).toBe(lastDaemon);
        const stopped = await lab.tryHaven(["vm", "console", vm, "--read-only"]);
        expect(stopped.stderr).toContain(`${vm} has no console now: it is stopped, not running`);
        expect(stopped.code).toBe(4);
        const { boots } = guestConsole(lab, vm);
        await lab.haven(["vm", "start", vm]);
        await waitFor("it to boot", 2 * minute, () => guestConsole(lab, vm).boots.length > boots.length);
      },
      6 * minute,
    );
  });

  describe("its screen", () => {
    test(
      "a picture of it has its pixels",
      async () => {
        const [, other] = await places();
        const said = await lab.haven(["vm", "screenshot", vm, "/root/reach.png"], { on: other });
        expect(said).toMatch(/^The screen of reach on node\d: \/root\/reach\.png\n$/);
        const file = await lab.run(other, ["base64", "-w0", "/root/reach.png"]);
        const piped = await lab.run(other, ["sh", "-c", `haven vm screenshot ${vm} - | base64 -w0`]);
        for (const text of [file, piped]) {
          const { width, height, colours } = pngFacts(Buffer.from(text, "base64"));
          // A text console of VGA: black, with something written on it.
          expect([width, height]).toEqual([720, 400]);
          expect(colours).toBeGreaterThan(1);
        }
        const none = await lab.tryHaven(["vm", "screenshot", "web1", "-"]);
        expect(none.stderr).toContain("web1 gives no picture of its screen");
        expect(none.code).toBe(4);
      },
      2 * minute,
    );
  });

  describe("its screen over VNC", () => {
    test(
      "it is said where it is; a port here leads to it through SSH, also after a migration",
      async () => {
        const [here, other, third] = await places();
        const place = JSON.parse(await lab.haven(["vm", "vnc", vm, "--json"], { on: other }));
        expect(place).toMatchObject({ name: vm, node: here, address: "127.0.0.1", remote: false });
        const said = await lab.haven(["vm", "vnc", vm]);
        expect(said).toContain(`${vm} shows its screen on ${here}, 127.0.0.1:${place.port} (display :`);
        const none = await lab.tryHaven(["vm", "vnc", "web1"]);
        expect(none.stderr).toContain("web1 has no screen over VNC");
        expect(none.code).toBe(4);

        await using forward = session(other, "vnc", vm, "--forward", "--port", "5999");
        await forward.sees(/127\.0\.0\.1:5999 leads to the screen of reach on node\d/, minute, 0);
        // Nobody has made the nodes known to each other yet: the reason is said.
        const [from, before] = [forward.text.length, await greeting(other, 5999)];
        expect(before).toBe("");
        await forward.sees(/reach has its screen on node\d, which SSH does not reach: /, minute, from);
        await openSsh(other, [here, third]);
        expect(await greeting(other, 5999)).toMatch(/^RFB 003\.00\d\n$/);
        await lab.haven(["vm", "move", vm, "--to", third]);
        expect(await greeting(other, 5999)).toMatch(/^RFB 003\.00\d\n$/);
        const taken = await lab.tryHaven(["vm", "vnc", vm, "--forward", "--port", "5999"], { on: other });
        expect(taken.stderr).toContain("Port 5999: found one that is taken, expected a free port");
        forward.type("\x03");
        expect(await forward.ends(minute)).toBe(0);
        expect(await greeting(other, 5999)).toBe("");

        // Where it runs no SSH is needed; a viewer is started, and is all that there is to wait for.
        const viewer =
          "#!/usr/bin/perl\nuse IO::Socket::INET;\n" +
          'my ($host, $port) = $ARGV[0] =~ /^(.*)::(.*)$/; my $s = IO::Socket::INET->new("$host:$port");\n' +
          'print "viewer sees ", scalar <$s>; exit 3;\n';
        await lab.node(third).writeFile("/usr/local/bin/vncviewer", viewer, { mode: 0o755 });
        const words = ["env", "DISPLAY=:0", "haven", "vm", "vnc", vm, "--open"];
        const opened = await lab.node(third).exec(words, { timeoutMs: minute });
        expect(opened.stdout).toMatch(/viewer sees RFB 003\.00\d\n/);
        expect(opened.code).toBe(3);
        const blind = await lab.tryHaven(["vm", "vnc", vm, "--open"], { on: third });
        expect(blind.stderr).toContain("There is no viewer to open");
        await lab.run(third, ["rm", "/usr/local/bin/vncviewer"]);
        for (const node of [here, third]) await lab.run(node, ["sh", "-c", "kill $(cat /run/sshd.pid)"]);
      },
      5 * minute,
    );

    /** The first line that a port of a node's 127.0.0.1 says; empty when it says none. */
    const greeting = async (node: string, port: number): Promise<string> => {
      const script =
        "import socket,sys\ntry:\n s=socket.create_connection(('127.0.0.1',int(sys.argv[1])),30)\n" +
        " s.settimeout(30)\n sys.stdout.write(s.recv(12).decode())\nexcept OSError: pass\n";
      return await lab.run(node, ["python3", "-c", script, String(port)], { timeoutMs: minute });
    };
    /** Has a node's root log in to others, as administrators set it up. */
    const openSsh = async (from: string, to: readonly string[]): Promise<void> => {
      const key = "/root/.ssh/id_ed25519";
      await lab.run(from, [
        "sh",
        "-c",
        `mkdir -p -m 700 /root/.ssh; [ -e ${key} ] || ssh-keygen -q -t ed25519 -N '' -f ${key}`,
      ]);
      const own = await lab.run(from, ["cat", `${key}.pub`]);
      const known: string[] = [];
      for (const node of to) {
        await lab.node(node).writeFile("/root/.ssh/authorized_keys", own, { mode: 0o600 });
        await lab.run(node, [
          "sh",
          "-c",
          "ssh-keygen -A; mkdir -p /run/sshd; pgrep -x sshd || /usr/sbin/sshd",
        ]);
        known.push(`${node} ${await lab.run(node, ["cat", "/etc/ssh/ssh_host_ed25519_key.pub"])}`);
      }
      await lab.node(from).writeFile("/root/.ssh/known_hosts", known.join(""), { mode: 0o600 });
    };
  });

  describe("its keyboard and its QEMU", () => {
    let here = "";
    beforeAll(async () => {
      [here] = await places();
    }, 2 * minute);
    const printed = (): string => guestConsole(lab, vm).texts.get(here) ?? "";
    /** The guest says which keys it heard since its console had that many characters. */
    const heard = (from: number): readonly string[] =>
      [
        ...printed()
          .slice(from)
          .matchAll(/ key (\d+)\r?\n/g),
      ].map((match) => match[1] ?? "");

    test(
      "the guest hears the keys that are sent",
      async () => {
        const from = printed().length;
        await lab.haven(["vm", "send-key", vm, "ctrl-alt-f2", "a"]);
        await waitFor("the keys", minute, () => heard(from).length >= 4);
        expect(heard(from)).toEqual(["29", "56", "60", "30"]);
        const asked = await lab.tryHaven(["vm", "ctrl-alt-del", vm]);
        expect(asked.code).toBe(4);
        await lab.haven(["vm", "ctrl-alt-del", vm, "--yes"]);
        await waitFor("Ctrl-Alt-Del", minute, () => heard(from).length >= 7);
        expect(heard(from).slice(4)).toEqual(["29", "56", "111"]);
        const unknown = await lab.tryHaven(["vm", "send-key", vm, "a", "hyper-x"]);
        expect(unknown.stderr).toContain("'hyper-x' names the key 'hyper', which is not known");
        expect(unknown.code).toBe(2);
        expect(heard(from)).toHaveLength(7);
      },
      2 * minute,
    );

    test(
      "the guest's kernel answers SysRq",
      async () => {
        const from = printed().length;
        expect(await lab.haven(["vm", "sysrq", vm, "help"])).toMatch(
          /^Sent to reach on node\d: alt-sysrq-h\n$/,
        );
        await waitFor("the kernel's help", minute, () => /sysrq: HELP : /.test(printed().slice(from)));
        expect(await lab.tryHaven(["vm", "sysrq", vm, "crash"])).toMatchObject({ code: 4 });
        const { boots } = guestConsole(lab, vm);
        await lab.haven(["vm", "sysrq", vm, "b", "--yes"]);
        await waitFor("the restart", 2 * minute, () => guestConsole(lab, vm).boots.length > boots.length);
      },
      4 * minute,
    );

    test(
      "QEMU's monitor answers in both its languages",
      async () => {
        const qmp = await lab.tryHaven(["vm", "monitor", vm, "query-status"]);
        expect(JSON.parse(qmp.stdout)).toMatchObject({ status: "running", running: true });
        expect(qmp.stderr).toContain("libvirt marks reach as tainted");
        expect(await lab.haven(["vm", "monitor", vm, "--hmp", "info", "status"])).toBe(
          "VM status: running\n",
        );
        const listing = await lab.haven(["vm", "monitor", vm, "qom-list", '{"path": "/machine"}', "--json"]);
        expect(JSON.parse(listing).answer.length).toBeGreaterThan(5);
        const wrong = await lab.tryHaven(["vm", "monitor", vm, "--yes", "no-such-command"]);
        expect(wrong.stderr).toContain("reach has a QEMU that refuses no-such-command: The command no-such");
        expect(wrong.code).toBe(1);
        expect(await lab.tryHaven(["vm", "monitor", vm, "stop"])).toMatchObject({ code: 4 });
      },
      2 * minute,
    );

    test(
      "what the API has of it: log, picture, use, keys, SysRq and monitor, and who has reached it",
      async () => {
        const api = await LabApi.open(lab, "reaching", "admin");
        try {
          const elsewhere = lab.names.find((name) => name !== here) ?? "";
          const path = `/v1/vms/${vm}`;
          const ask = (method: string, what: string, body?: object) =>
            api.ask(elsewhere, method, `${path}/${what}`, body);
          const picture = await ask("GET", "screenshot");
          expect([picture.status, picture.headers.get("content-type")]).toEqual([200, "image/png"]);
          expect(Buffer.from(picture.body).toString("latin1")).toStartWith("\x89PNG");
          expect((await ask("GET", "screenshot?screen=9")).status).toBe(409);
          const log = await ask("GET", "log?lines=50");
          const { node, text } = log.body.pieces.at(-1);
          expect([node, text]).toEqual([here, expect.stringContaining("seq=")]);
          expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(50);
          const usage = await api.ask(elsewhere, "GET", "/v1/usage");
          expect(usage.body.vms).toContainEqual(expect.objectContaining({ name: vm, node: here, vcpus: 1 }));

          const from = printed().length;
          expect(await ask("POST", "keys", { keys: ["a"] })).toMatchObject({
            ...{ status: 200, body: { name: vm, node: here, keys: ["a"] } },
          });
          await waitFor("the key", minute, () => heard(from).includes("30"));
          expect((await ask("POST", "keys", { keys: ["hyper-x"] })).status).toBe(400);
          expect((await ask("POST", "sysrq", { request: "help" })).status).toBe(200);
          await waitFor("the kernel's help", minute, () => /sysrq: HELP : /.test(printed().slice(from)));
          const harmful = await ask("POST", "sysrq", { request: "crash" });
          expect([harmful.status, harmful.body.error]).toEqual([
            409,
            expect.objectContaining({ code: "vm.declined", message: expect.stringContaining("crashes") }),
          ]);
          expect((await ask("POST", "monitor", { command: ["query-status"] })).body.answer).toMatchObject({
            running: true,
          });
          expect((await ask("POST", "monitor", { command: ["quit"] })).status).toBe(409);
          expect(await lab.whereIs(vm)).toBe(here);
          await waitFor("the audit to have it", minute, async () => {
            const { body } = await api.ask(elsewhere, "GET", `/v1/audit?vm=${vm}`);
            const texts = body.events.map(({ text }: { text: string }) => text);
            return [`vm send-key ${vm}`, `vm sysrq ${vm} help`, `vm monitor ${vm} query-status`].every(
              (command) => texts.includes(`token reaching: haven ${command}`),
            );
          });
        } finally {
          await api.close();
        }
      },
      4 * minute,
    );
  });

  describe("what it prints", () => {
    /** The lines with numbers, in the order in which they stand. */
    const numbers = (text: string, boot: string): readonly number[] =>
      [...text.matchAll(new RegExp(`boot=${boot} seq=(\\d+) uptime=\\S+\\r?\\n`, "g"))].map((match) =>
        Number(match[1]),
      );
    const isGapless = (found: readonly number[]): boolean =>
      found.every((number, i) => i === 0 || number === (found[i - 1] ?? 0) + 1);

    test(
      "the log is joined over live migrations there and back: no line lost, doubled, or out of order",
      async () => {
        const [here, other, third] = await places();
        const boot = guestConsole(lab, vm).boots.at(-1) ?? "";
        const [out, err] = ["/root/followed.out", "/root/followed.err"];
        const follow = lab
          .node(third)
          .exec(
            ["timeout", "--signal=INT", "200", "sh", "-c", `exec haven vm log ${vm} -f > ${out} 2> ${err}`],
            { timeoutMs: 4 * minute },
          );
        await lab.haven(["vm", "move", vm, "--to", other]);
        await lab.haven(["vm", "move", vm, "--to", here]);
        await lab.haven(["vm", "move", vm, "--to", third]);
        const marked = async (): Promise<readonly (string | undefined)[]> =>
          [...(await lab.run(third, ["cat", err])).matchAll(/^--- on (node\d)/gm)].map((match) => match[1]);
        await waitFor(
          "what follows to come to the last node",
          minute,
          async () => (await marked()).length > 3,
        );
        await lab.run(third, ["pkill", "-INT", "-f", `^haven vm log ${vm} -f`]);
        await follow;
        const logs = await lab.tryHaven(["vm", "log", vm], { on: here });
        expect(logs.code).toBe(0);
        const found = numbers(logs.stdout, boot);
        expect(found[0]).toBe(0);
        expect(found.length).toBeGreaterThan(100);
        expect(isGapless(found)).toBe(true);
        const marks = [...logs.stderr.matchAll(/^--- on (node\d), (until \S+ \S+|where it runs) ---$/gm)];
        expect(marks.slice(-4).map((match) => match[1])).toEqual([here, other, here, third]);
        expect(marks.at(-1)?.[2]).toBe("where it runs");

        // What was followed was seen by a node that the guest came to last: also one line after the other.
        const seen = numbers(await lab.run(third, ["cat", out]), boot);
        expect(isGapless(seen)).toBe(true);
        expect(seen.length).toBeGreaterThan(100);
        expect(await marked()).toEqual([here, other, here, third]);
      },
      6 * minute,
    );

    test(
      "a log that is full is renamed, and read on; the last lines, and one object for each",
      async () => {
        const [here, other] = await places();
        const boot = guestConsole(lab, vm).boots.at(-1) ?? "";
        const path = `/var/log/libvirt/qemu/${vm}-console.log`;
        const before = numbers(await lab.haven(["vm", "log", vm], { on: other }), boot).at(-1) ?? 0;
        // What virtlogd does with a log of 2 MiB.
        await lab.run(here, ["sh", "-c", `cp ${path} ${path}.0 && : > ${path}`]);
        await waitFor(
          "more of it",
          minute,
          () => numbers(guestConsole(lab, vm).texts.get(here) ?? "", boot).length > 5,
        );
        const found = numbers(await lab.haven(["vm", "log", vm], { on: other }), boot);
        expect(found[0]).toBe(0);
        expect(found.at(-1)).toBeGreaterThan(before);
        const five = (await lab.haven(["vm", "log", vm, "-n", "5", "-q"], { on: other })).split("\n");
        expect(five.filter((line) => line !== "").length).toBeLessThanOrEqual(6);
        const objects = (await lab.haven(["vm", "log", vm, "--lines", "3", "--json"])).trim().split("\n");
        expect(JSON.parse(objects[0] ?? "")).toMatchObject({ node: here, line: expect.any(String) });
        expect((await lab.run(here, ["virsh", "pool-list", "--all", "--name"])).trim()).toBe("");
        const none = await lab.tryHaven(["vm", "log", "nobody"]);
        expect(none.code).toBe(3);
      },
      2 * minute,
    );

    test(
      "what the cluster's VMs use, on whichever node they run",
      async () => {
        const sample = JSON.parse(await lab.haven(["vm", "top", "--once", "--json"]));
        const names = sample.vms.map(({ name }: { name: string }) => name);
        for (const name of [vm, "web1", "web2"]) expect(names).toContain(name);
        const own = sample.vms.find(({ name }: { name: string }) => name === vm);
        expect(own).toMatchObject({ node: await lab.whereIs(vm), vcpus: 1, memory: 128, paused: false });
        expect(own.cpu).toBeGreaterThan(0);
        expect(own.resident).toBeGreaterThan(50);
        // The guest's counter writes to its disk all the time.
        expect(own.diskWrite).toBeGreaterThan(0);
        const table = await lab.haven(["vm", "top", "--once", vm]);
        expect(table).toMatch(/1 VMs on 1 nodes .*\nNAME +NODE +%CPU .*\nreach +node\d +\d+\.\d +1 +128 MiB/);
        await using screen = session(lab.first().name, "top", "--interval", "1");
        await screen.sees(/reach +node\d/, minute, 0);
        screen.type("q");
        expect(await screen.ends(minute)).toBe(0);
        expect(screen.text).toEndWith("\x1b[?25h\x1b[?1049l");
        expect(screen.isRestored).toBe(true);
      },
      2 * minute,
    );
  });
});

/** Size and number of colours of a PNG as QEMU or Haven make it: 8 bits a sample, not interlaced. */
function pngFacts(png: Buffer): {
  readonly width: number;
  readonly height: number;
  readonly colours: number;
} {
  expect(png.subarray(0, 8).toString("latin1")).toBe("\x89PNG\r\n\x1a\n");
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const parts: Buffer[] = [];
  for (let at = 8; at < png.length; at += 12 + png.readUInt32BE(at)) {
    const data = png.subarray(at + 8, at + 8 + png.readUInt32BE(at));
    if (png.toString("latin1", at + 4, at + 8) === "IDAT") parts.push(data);
  }
  return { width, height, colours: new Set(inflateSync(Buffer.concat(parts))).size };
}
