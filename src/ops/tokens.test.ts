import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileEnvironment } from "../../test/support/file-environment.ts";
import { refusal, VmCibFile } from "../../test/support/vm-cib-file.ts";
import { type CommittedChange, changeCib } from "../pacemaker/change-cib.ts";
import { changeEvent } from "./change-event.ts";
import { tokenAdd } from "./token-add.ts";
import { tokenList } from "./token-list.ts";
import { tokenRemove } from "./token-remove.ts";
import { tokenDigest, tokensInCib } from "./tokens-in-cib.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-tokens-"));
const file = new VmCibFile(join(dir, "cib.xml"));
afterAll(() => rmSync(dir, { recursive: true }));

const environment = () => fileEnvironment(file.path);
const day = 86_400_000;
const minute = 60_000;

describe.skipIf(Bun.which("crm_simulate") === null || Bun.which("cibadmin") === null)("tokens", () => {
  beforeEach(() => file.reset());

  test(
    "are shown once; the cluster keeps the digest, role and times",
    async () => {
      const changes: CommittedChange[] = [];
      const recording = {
        ...environment(),
        onCommit: async (change: CommittedChange) => void changes.push(change),
      };
      const expires = Date.now() + 90 * day;
      const ci = await tokenAdd(recording, { name: "ci", role: "operator", expires });
      const other = await tokenAdd(recording, { name: "other.script-2", role: "viewer" });
      expect(ci.token).toMatch(/^haven_[A-Za-z0-9_-]{43}$/);
      expect(other.token).not.toBe(ci.token);
      const text = readFileSync(file.path, "utf8");
      expect(text).not.toContain(ci.token);
      expect(text).toContain('name="token-ci"');
      const { tokens, unreadable } = tokensInCib(file.read());
      expect(unreadable).toEqual([]);
      expect(tokens[0]).toEqual({
        ...{ name: "ci", role: "operator", sha256: tokenDigest(ci.token), created: ci.created },
        expires: new Date(expires).toISOString(),
      });
      const listed = await tokenList(environment());
      expect(listed.tokens.map(({ name, expired }) => [name, expired])).toEqual([
        ["ci", false],
        ["other.script-2", false],
      ]);
      expect(JSON.stringify(listed)).not.toContain(tokenDigest(ci.token));
      // The audit says which one, and no digest.
      const maker = { user: "ann", by: "login", words: ["token", "add", "ci"], node: "node1" };
      const events = JSON.stringify(changes.map((change) => changeEvent(change, maker)));
      expect(events).toContain("tokens: added");
      expect(events).toContain("tokens: token-other.script-2 set");
      expect(events).not.toContain(tokenDigest(ci.token));
      expect(events).not.toContain(tokenDigest(other.token));
      await tokenRemove(environment(), { name: "ci" });
      expect(tokensInCib(file.read()).tokens.map(({ name }) => name)).toEqual(["other.script-2"]);
    },
    minute,
  );

  test(
    "names and times that cannot be are refused",
    async () => {
      const add = (name: string, expires?: number) =>
        refusal(tokenAdd(environment(), { name, role: "viewer", expires }));
      for (const name of ["", "CI", "-a", "a-", "a b", "a".repeat(64), "../a", "a\n"]) {
        expect(await add(name)).toStartWith("usage: Expected a name of small letters");
      }
      expect(await add("a", Date.now() - 1)).toStartWith("usage: Expected an expiry in the future");
      expect(await add("stonith-enabled")).toBe("no refusal");
      // Pacemaker does not take it for its option of that name.
      expect(file.read().property("stonith-enabled")).toBe("true");
      expect(await add("stonith-enabled")).toBe("token.refused: There is a token stonith-enabled already");
      expect(await refusal(tokenRemove(environment(), { name: "stonith-enable" }))).toBe(
        "cib.not-found: There is no token 'stonith-enable'",
      );
    },
    minute,
  );

  test(
    "what somebody has written by hand opens nothing, and can be taken away",
    async () => {
      const sha256 = "0".repeat(64);
      const created = "2026-11-27T12:00:00.000Z";
      const spoilt = {
        "token-a": "{",
        "token-b": JSON.stringify({ role: "root", sha256, created }),
        "token-c": JSON.stringify({ role: "admin", sha256: "", created }),
        "token-d": JSON.stringify({ role: "admin", sha256, created, expires: "never" }),
        "token-e": "null",
        f: JSON.stringify({ role: "admin", sha256, created }),
      };
      await changeCib(environment(), (editor) => editor.setProperties(spoilt, "haven-tokens"));
      expect(tokensInCib(file.read())).toEqual({ tokens: [], unreadable: ["a", "b", "c", "d", "e", "f"] });
      for (const name of ["a", "b"]) await tokenRemove(environment(), { name });
      expect((await tokenList(environment())).unreadable).toEqual(["c", "d", "e", "f"]);
    },
    minute,
  );
});
