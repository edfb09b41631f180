import { describe, expect, test } from "bun:test";
import { readXml } from "../xml/read.ts";
import { commonOptions } from "./fence-agent.ts";
import { chassisOptions } from "./fence-chassis-options.ts";
import { fenceMetadata } from "./fence-metadata.ts";
import type { FenceOption } from "./fence-option.ts";

function metadata(options: readonly FenceOption[]) {
  const text = fenceMetadata({
    name: "fence_x",
    short: "a < b",
    long: 'say "it"',
    vendorUrl: "http://x",
    options,
  });
  return { text, root: readXml(text) };
}

describe("metadata", () => {
  const { text, root } = metadata(chassisOptions);
  const parameters = root.at("parameters")?.all("parameter") ?? [];
  const named = (name: string) => parameters.find((parameter) => parameter.get("name") === name);

  test("has the form that Pacemaker, pcs and crmsh read", () => {
    expect(root.name).toBe("resource-agent");
    expect(root.get("shortdesc")).toBe("a < b");
    expect(root.child("longdesc")?.text).toBe('say "it"');
    for (const parameter of parameters) {
      expect(parameter.get("unique")).toBe("0");
      expect(parameter.get("required")).toMatch(/^[01]$/);
      expect(parameter.child("getopt")?.get("mixed")).toMatch(/^(-\w, )?--[a-z0-9-]+(=\[[a-z0-9_]+\])?$/);
      expect(parameter.child("content")?.get("type")).toMatch(/^(string|integer|second|boolean|select)$/);
      expect(parameter.child("shortdesc")?.text).not.toBe("");
    }
    const names = parameters.map((parameter) => parameter.get("name"));
    expect(new Set(names).size).toBe(names.length);
    // crmsh and Pacemaker 2.1.5 cannot cope with lines inside values.
    expect(text.split("\n").every((line) => /^[\t\x20-\x7e]*$/.test(line))).toBe(true);
  });

  test("lists the actions, and on is not done by itself", () => {
    const actions = root.at("actions")?.all("action") ?? [];
    expect(actions.map((action) => action.get("name"))).toEqual([
      "on",
      "off",
      "reboot",
      "status",
      "list",
      "list-status",
      "monitor",
      "metadata",
      "validate-all",
    ]);
    expect(actions[0]?.get("automatic")).toBe("0");
  });

  test("older names stand beside the current ones", () => {
    expect(named("ip")?.get("obsoletes")).toBe("ipaddr");
    expect(named("ip")?.get("required")).toBe("1");
    expect(named("ipaddr")?.get("deprecated")).toBe("1");
    expect(named("ipaddr")?.get("required")).toBe("0");
    for (const old of ["port", "login", "passwd", "passwd_script", "debug"]) {
      expect(named(old)?.get("deprecated")).toBe("1");
    }
  });

  test("the plug is named so that Pacemaker fills it in, and nodename is Pacemaker's own", () => {
    expect(named("plug")?.get("required")).toBe("0");
    expect(named("nodename")).toBeUndefined();
  });
});

test("no letter and no name stands for two options", () => {
  const letters = chassisOptions.flatMap(({ short }) => short ?? []);
  expect(new Set(letters).size).toBe(letters.length);
  const names = chassisOptions.flatMap(({ name, deprecated = [] }) => [name, ...deprecated]);
  expect(new Set(names).size).toBe(names.length);
  expect(commonOptions.every((option) => chassisOptions.includes(option))).toBe(true);
});
