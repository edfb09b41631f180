import { expect, test } from "bun:test";
import { configValue, setConfigLines } from "./config-lines.ts";

const text = `# listen_tls = 0
listen_tcp = 1
cgroup_controllers = [ "cpu",
  "memory" ]
other = "x"
listen_tcp = 1
`;

test("replaces, appends, and keeps the rest", () => {
  const result = setConfigLines(text, { listen_tcp: "0", listen_tls: "1", cgroup_controllers: "[]" });
  expect(result).toBe(`# listen_tls = 0
listen_tcp = 0
cgroup_controllers = []
other = "x"
listen_tls = 1
`);
  expect(setConfigLines(result, { listen_tcp: "0", listen_tls: "1", cgroup_controllers: "[]" })).toBe(result);
});

test("an empty file", () => {
  expect(setConfigLines("", { A: "1" }, "=")).toBe("A=1\n");
});

test("values without quotes, the last one counts, comments do not", () => {
  expect(configValue(text, "other")).toBe("x");
  expect(configValue(text, "listen_tls")).toBeUndefined();
  expect(configValue("a = 1\na = 2", "a")).toBe("2");
});
