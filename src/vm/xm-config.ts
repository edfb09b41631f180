import { normalUuid } from "../base/normal-uuid.ts";
import { type XmlElement, xml } from "../xml/element.ts";
import { writeXml } from "../xml/write.ts";
import { element } from "./to-domain-element.ts";

/** What became of a configuration in the format of xm and xl. */
export interface XmDomain {
  /** The domain as libvirt's XML. */
  readonly xml: string;
  /** What it says besides, which has no counterpart here, in words. */
  readonly left: readonly string[];
}

type Value = string | number | readonly string[];

/**
 * Reads the configuration of a Xen domain as xm and xl have it (xl.cfg(5)): assignments of numbers, texts in quotes and
 * lists of texts. It may be a program in Python to xm; what is more than assignments is not guessed at.
 *
 * @returns a text that says why it is no such configuration, or what it lacks
 */
export function xmDomain(text: string): XmDomain | string {
  const values = assignments(text);
  if (typeof values === "string") return values;
  const used = new Set<string>();
  const take = (name: string): Value | undefined => {
    used.add(name);
    return values.get(name);
  };
  const name = take("name");
  const memory = Number(take("memory"));
  if (typeof name !== "string" || name === "") return "it names no name";
  if (!Number.isInteger(memory) || memory <= 0) return "it names no memory in MiB";
  const devices = [...listOf(take("disk")).map(diskElement), ...listOf(take("vif")).map(cardElement)];
  const wrong = devices.find((one) => typeof one === "string");
  if (wrong !== undefined) return wrong;
  const most = Number(take("maxmem") ?? memory);
  const cpus = Number(take("vcpus") ?? 1);
  const maximum = Number(take("maxvcpus") ?? cpus);
  const uuid = normalUuid(String(take("uuid") ?? ""));
  const system = operatingSystem(take);
  if (typeof system === "string") return system;
  const domain = xml("domain", { type: "xen" }, [
    element("name", name),
    uuid === undefined ? undefined : element("uuid", uuid),
    element("memory", String(most), { unit: "MiB" }),
    most === memory ? undefined : element("currentMemory", String(memory), { unit: "MiB" }),
    element("vcpu", String(maximum), { current: maximum === cpus ? undefined : cpus }),
    ...system,
    ...lifecycle(take),
    xml("devices", {}, [
      ...devices.filter((one) => typeof one !== "string"),
      xml("console", { type: "pty" }, [xml("target", { type: "serial", port: 0 })]),
      ...screens(take, listOf(take("vfb"))),
    ]),
  ]);
  const left = [...values]
    .filter(([key]) => !used.has(key))
    .map(([key, value]) => (/passw/i.test(key) ? key : `${key} = ${JSON.stringify(value)}`));
  return { xml: writeXml(domain), left };
}

/** The assignments of a configuration; a text for what is none. */
function assignments(text: string): ReadonlyMap<string, Value> | string {
  const found = new Map<string, Value>();
  const pattern =
    /\s*(?:#[^\n]*\n|;|([A-Za-z_]\w*)\s*=\s*(\[[^\]]*\]|'[^'\n]*'|"[^"\n]*"|\d+)[ \t]*(?=[\n;#]|$))/y;
  let at = 0;
  const whole = `${text.replace(/\r\n?/g, "\n").trimEnd()}\n`;
  while (whole.slice(at).trim() !== "") {
    pattern.lastIndex = at;
    const match = pattern.exec(whole);
    if (match === null) {
      const line = whole.slice(0, at + (/^\s*/.exec(whole.slice(at))?.[0].length ?? 0)).split("\n").length;
      return `line ${line} is no assignment of a number, a text in quotes, or a list of these`;
    }
    at = pattern.lastIndex;
    const [, key, raw = ""] = match;
    if (key === undefined) continue;
    const value = literalOf(raw);
    if (value === undefined) return `${key} is a list of something else than texts in quotes`;
    found.set(key, value);
  }
  return found;
}

function literalOf(raw: string): Value | undefined {
  if (/^\d+$/.test(raw)) return Number(raw);
  if (!raw.startsWith("[")) return raw.slice(1, -1);
  const inner = raw.slice(1, -1).replace(/#[^\n]*/g, "");
  const items = [...inner.matchAll(/'([^'\n]*)'|"([^"\n]*)"/g)].map((match) => match[1] ?? match[2] ?? "");
  const rest = inner.replace(/'[^'\n]*'|"[^"\n]*"/g, "").replace(/[\s,]/g, "");
  return rest === "" ? items : undefined;
}

function listOf(value: Value | undefined): readonly string[] {
  return typeof value === "object" ? value : value === undefined ? [] : [String(value)];
}

/** `phy:/dev/vg/a,xvda,w`, `file:/srv/a.img,hda,r`, `tap:aio:/srv/a.img,xvda,w`, `phy:…,hdc:cdrom,r`. */
function diskElement(text: string): XmlElement | string {
  const [source = "", target = "", mode = "", ...more] = text.split(",").map((part) => part.trim());
  const match = /^(phy|file|tap2?:aio|tap2?:qcow2):(\/?[^:]+)$/.exec(source);
  const [device = "", kind] = target.split(":");
  if (
    match === null ||
    !/^(xvd|hd|sd)[a-z]{1,2}$/.test(device) ||
    !/^(r|w|w!)$/.test(mode) ||
    more.length > 0
  )
    return `the disk "${text}" is not written as SOURCE,DEVICE,MODE with phy:, file: or tap:aio:`;
  const [, how = "", given = ""] = match;
  const path = given.startsWith("/") ? given : `/dev/${given}`;
  const isBlock = how === "phy";
  const isDrive = kind === "cdrom";
  const bus = device.startsWith("xvd") ? "xen" : device.startsWith("hd") ? "ide" : "scsi";
  return xml("disk", { type: isBlock ? "block" : "file", device: isDrive ? "cdrom" : "disk" }, [
    xml("driver", { name: "qemu", type: how.endsWith("qcow2") ? "qcow2" : "raw" }),
    xml("source", isBlock ? { dev: path } : { file: path }),
    xml("target", { dev: device, bus }),
    mode === "r" || isDrive ? xml("readonly") : undefined,
    mode === "w!" ? xml("shareable") : undefined,
  ]);
}

/** `mac=00:16:3e:00:00:01,bridge=br0,model=e1000`. */
function cardElement(text: string): XmlElement | string {
  const fields = new Map(
    text.split(",").flatMap((part) => {
      const [key = "", value = ""] = part.split("=").map((one) => one.trim());
      return key === "" ? [] : [[key, value] as const];
    }),
  );
  const known = ["mac", "bridge", "model", "type", "vifname", "script"];
  const other = [...fields.keys()].find((key) => !known.includes(key));
  if (other !== undefined) return `the card "${text}" has ${other}, which is not known here`;
  const [mac, bridge, model, tap, script] = ["mac", "bridge", "model", "vifname", "script"].map((key) =>
    fields.get(key),
  );
  if (bridge === undefined) return `the card "${text}" names no bridge`;
  return xml("interface", { type: "bridge" }, [
    mac === undefined ? undefined : xml("mac", { address: mac.toLowerCase() }),
    xml("source", { bridge }),
    tap === undefined ? undefined : xml("target", { dev: tap }),
    script === undefined ? undefined : xml("script", { path: script }),
    model === undefined ? undefined : xml("model", { type: model }),
  ]);
}

type Take = (name: string) => Value | undefined;

/** What it boots, with the features that go with it. */
function operatingSystem(take: Take): readonly (XmlElement | undefined)[] | string {
  const text = (name: string): string | undefined => {
    const value = take(name);
    return value === undefined ? undefined : String(value);
  };
  const [builder, type] = [text("builder"), text("type")];
  const isHvm = builder === "hvm" || type === "hvm";
  const [kernel, ramdisk, bootloader, root, extra] = ["kernel", "ramdisk", "bootloader", "root", "extra"].map(
    text,
  );
  if (isHvm) {
    const order = { c: "hd", d: "cdrom", n: "network", a: "fd" } as const;
    const devices = [...(text("boot") ?? "c")].map((letter) => order[letter as keyof typeof order]);
    if (devices.some((one) => one === undefined)) return "boot has a letter other than a, c, d, n";
    const on = ["acpi", "apic", "pae"].filter((name) => Number(take(name) ?? 1) !== 0);
    return [
      xml("os", {}, [
        element("type", "hvm", { arch: "x86_64", machine: "xenfv" }),
        ...devices.map((dev) => xml("boot", { dev })),
      ]),
      xml(
        "features",
        {},
        on.map((name) => xml(name)),
      ),
    ];
  }
  const os = element("type", "linux", { arch: "x86_64", machine: "xenpv" });
  const line = [root === undefined ? undefined : `root=${root}`, extra]
    .filter((part) => part !== undefined)
    .join(" ");
  if (bootloader !== undefined) return [element("bootloader", bootloader), xml("os", {}, [os])];
  if (kernel === undefined) return "it names neither builder = 'hvm', nor a bootloader, nor a kernel";
  return [
    xml("os", {}, [
      os,
      element("kernel", kernel),
      ramdisk === undefined ? undefined : element("initrd", ramdisk),
      line === "" ? undefined : element("cmdline", line),
    ]),
  ];
}

const endings: Readonly<Record<string, string>> = {
  destroy: "destroy",
  restart: "restart",
  preserve: "preserve",
  "rename-restart": "rename-restart",
};

function lifecycle(take: Take): readonly (XmlElement | undefined)[] {
  return ["on_poweroff", "on_reboot", "on_crash"].map((name) => {
    const how = endings[String(take(name) ?? "")];
    return how === undefined ? undefined : element(name, how);
  });
}

function screens(take: Take, vfb: readonly string[]): readonly XmlElement[] {
  const fields = new Map(
    vfb.flatMap((text) =>
      text.split(",").map((part) => part.split("=").map((one) => one.trim()) as [string, string]),
    ),
  );
  const has = Number(take("vnc") ?? 0) === 1 || fields.get("type") === "vnc" || fields.get("vnc") === "1";
  const listen = String(take("vnclisten") ?? fields.get("vnclisten") ?? "127.0.0.1");
  if (!has) return [];
  return [
    xml("graphics", { type: "vnc", port: -1, autoport: "yes" }, [
      xml("listen", { type: "address", address: listen }),
    ]),
  ];
}
