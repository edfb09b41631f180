import { expect, test } from "bun:test";
import { readSettings } from "./read-settings.ts";
import { settingsYaml } from "./settings-yaml.ts";
import { specProblemText } from "./spec-problem.ts";

const problemsOf = async (text: string): Promise<readonly string[]> =>
  (await readSettings({ file: "settings.yaml", text })).problems.map(specProblemText);

const text = `zones:
  intranet:
    bridge: br0
    vlan: 4
    ipv6-prefix: 2001:620:7a3::/48
    ipv4: 192.168.4.0/24
storage:
  - /srv/shared/images
classes:
  windows:
    memory: 4 GiB
    cpu:
      model: EPYC
      overcommit: false
    boot: disk
    policies:
      graceful-stop: 5 min
defaults:
  cpu: 2
mail:
  server: mail.example.org:587
  from: haven@example.org
  to: ops@example.org
`;

test("settings are written as a person writes them", async () => {
  const { settings, problems } = await readSettings({ file: "x", text });
  expect(problems).toEqual([]);
  expect(await settingsYaml(settings ?? {})).toBe(text);
  expect(await settingsYaml({})).toBe("");
});

test.each([
  ["# nothing\n", []],
  [
    "zones:\n  a:\n    bridge: br0\n    vlna: 4\n",
    [
      "settings.yaml:4:5: zones.a.vlna: expected one of description, bridge, ovs, vlan, ipv4, ipv6-prefix, io-weight, name-suffix, found an unknown field (did you mean vlan?)",
    ],
  ],
  [
    "zones:\n  Intranet: {bridge: b}\n",
    [
      'settings.yaml:2:3: zones.Intranet: expected a word of at most 32 small letters, digits and dashes, found "Intranet"',
    ],
  ],
  ["storage: /srv\n", ['settings.yaml:1:1: storage: expected a list of paths, found "/srv"']],
  ["classes:\n  w:\n    polices: {}\n", [expect.stringContaining("classes.w.polices: expected one of")]],
  [
    "classes:\n  w: {networks: [{zone: a}]}\n",
    [
      'settings.yaml:2:19: classes.w.networks[0].zone: expected a zone of these settings, and there are none, found "a"',
    ],
  ],
  ["zone: {}\n", [expect.stringContaining("(did you mean zones?)")]],
  ["storage: []\n---\nstorage: []\n", ["settings.yaml:3:1: expected one document, found another one"]],
  ["storage: [\n", [expect.stringContaining("settings.yaml:2:1: expected YAML, found an error")]],
])("%j", async (written, expected) => {
  expect(await problemsOf(written)).toEqual(expected as string[]);
});
