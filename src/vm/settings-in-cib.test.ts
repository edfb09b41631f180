import { describe, expect, test } from "bun:test";
import { smallCib } from "../../test/support/small-cib.ts";
import { isHavenError } from "../base/errors.ts";
import { type Settings, settings as schema } from "../contract/settings.ts";
import { Cib } from "../pacemaker/cib.ts";
import { CibEditor } from "../pacemaker/cib-editor.ts";
import { settingsInCib, settingsSet, writeSettings } from "./settings-in-cib.ts";

const everything: Settings = {
  zones: {
    intranet: {
      description: 'The "inner" net\\work',
      bridge: "br0",
      vlan: 4,
      ipv4: ["192.168.4.0/24", "192.168.40.10-192.168.40.99"],
      "ipv6-prefix": "2001:620:7a3::/48",
      "io-weight": 700,
      "name-suffix": "intranet",
    },
    outside: { ovs: "ovs0", "ipv6-prefix": "2001:db8:0:7::/64" },
  },
  storage: ["/srv/shared/images", "/dev"],
  classes: { windows: { cpu: { model: "EPYC" }, clock: { offset: "localtime" } } },
  defaults: { memory: 2048 },
  mail: { server: "mail.example.org:587", from: "haven@example.org", to: ["ops@example.org"] },
};

/** The CIB with those settings, as it is read back. */
function written(settings: Settings, base = Cib.parse(smallCib)): Cib {
  const editor = new CibEditor(base);
  writeSettings(editor, settings);
  return Cib.parse(editor.cib.toXml());
}

function problems(value: unknown): readonly string[] {
  const result = schema.safeParse(value);
  return result.success ? [] : result.error.issues.map((one) => `${one.path.join(".")}: ${one.message}`);
}

describe("settings in the CIB", () => {
  test("are read back as they were written, and taken out whole", async () => {
    const cib = written(everything);
    expect(await settingsInCib(cib)).toEqual(everything);
    expect(await settingsInCib(Cib.parse(smallCib))).toEqual({});
    const less = written({ storage: ["/dev"], zones: {} }, cib);
    expect([...less.properties(settingsSet).keys()]).toEqual(["storage"]);
  });

  test("have values that crmsh can show: one line, and no escape with a backslash and a quote", () => {
    for (const value of written(everything).properties(settingsSet).values()) {
      expect(value).not.toMatch(/[\n\t]|\\[^u]/);
    }
  });

  test("leave alone what cluster init keeps in the same set", () => {
    const editor = new CibEditor(Cib.parse(smallCib));
    editor.setProperties({ "cpu-overcommit": 4 }, settingsSet);
    writeSettings(editor, everything);
    writeSettings(editor, {});
    expect(editor.cib.properties(settingsSet)).toEqual(new Map([["cpu-overcommit", "4"]]));
  });

  test("that were spoilt by hand are an error that says where", async () => {
    const editor = new CibEditor(Cib.parse(smallCib));
    editor.setProperties({ zones: '{"a":{"bridge":7}}', storage: "/dev" }, settingsSet);
    const error = await settingsInCib(editor.cib).catch((cause: unknown) => cause);
    if (!isHavenError(error, "settings.invalid")) throw error;
    expect(error.message).toContain('storage: expected JSON, found "/dev"');
    expect(error.message).toContain("zones.a.bridge: expected the name of a bridge on the nodes");
    expect(error.hint).toContain("haven settings apply FILE");
  });
});

describe("settings", () => {
  test.each([
    [{ zones: { a: {} } }, "zones.a: either bridge or ovs with the name of a bridge"],
    [{ zones: { a: { bridge: "b", ovs: "o" } } }, "zones.a: either bridge or ovs with the name of a bridge"],
    [{ zones: { a: { bridge: "b", ipv4: "192.168.4.1/24" } } }, "zones.a.ipv4: a subnet such as"],
    [{ zones: { a: { bridge: "b", ipv4: "192.168.4.9-192.168.4.1" } } }, "zones.a.ipv4: a subnet such as"],
    [{ zones: { a: { bridge: "b", ipv4: ["1.2.3.256"] } } }, "zones.a.ipv4.0: a subnet such as"],
    [
      { zones: { a: { bridge: "b", "ipv6-prefix": "2001:db8::/48" } } },
      "zones.a.ipv6-prefix: vlan beside it",
    ],
    [
      { zones: { a: { bridge: "b", vlan: 1, "ipv6-prefix": "2001:db8::1/48" } } },
      "zones.a.ipv6-prefix: an IPv6 prefix of 16, 32, 48 or 64 bits",
    ],
    [
      { zones: { a: { bridge: "b", ipv4: "10.0.0.0/8" }, c: { bridge: "d", ipv4: "10.1.0.0/16" } } },
      "zones.c.ipv4.0: addresses that no other zone has, and a has some of them",
    ],
    [{ storage: ["images"] }, "storage.0: an absolute path without . or .. in it"],
    [{ mail: { server: "m", from: "x", to: "a@b" } }, "mail.from: a mail address such as ops@example.org"],
    [
      { mail: { server: "m", from: "a@b", to: "a@b", user: "u" } },
      "mail.password-file: user and password-file, or neither",
    ],
    [{ mail: { server: "m", from: "a@b", to: "a@b", password: "p" } }, ': Unrecognized key: "password"'],
    [{ defaults: { name: "a" } }, 'defaults: Unrecognized key: "name"'],
    [{ classes: { windows: { memory: "lots" } } }, "classes.windows.memory: a size such as 512 MiB or 2 GiB"],
  ])("%j", (value, expected) => {
    const found = problems(value);
    expect(found.length).toBeGreaterThan(0);
    expect(found.join("\n")).toContain(expected);
  });

  test("are normalised", () => {
    expect(
      schema.parse({
        zones: { a: { bridge: "b", ipv4: "10.0.0.0/8" } },
        classes: { big: { memory: "4 GiB", cpu: 4, boot: "disk" } },
        mail: { server: "m", from: "a@b", to: "a@b" },
      }),
    ).toEqual({
      zones: { a: { bridge: "b", ipv4: ["10.0.0.0/8"] } },
      classes: { big: { memory: 4096, cpu: { count: 4 }, boot: { from: "disk" } } },
      mail: { server: "m", from: "a@b", to: ["a@b"] },
    });
  });
});
