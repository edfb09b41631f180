import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isHavenError } from "../base/errors.ts";
import { answerPage, type ConsoleFiles, isPagePath } from "./answer-page.ts";

const dir = mkdtempSync(join(tmpdir(), "haven-page-"));
const page = "<!doctype html><title>Haven</title>";
const files: ConsoleFiles = {
  "/index.html": join(dir, "index.html.gz"),
  "/main-abc.js": join(dir, "main-abc.js.gz"),
};

beforeAll(() => {
  writeFileSync(join(dir, "index.html.gz"), Bun.gzipSync(page));
  writeFileSync(join(dir, "main-abc.js.gz"), Bun.gzipSync("run()"));
});

afterAll(() => rmSync(dir, { recursive: true }));

const asked = (method: string, encoding?: string) => ({
  method,
  headers: new Headers(encoding === undefined ? {} : { "accept-encoding": encoding }),
});

test("the console has every path that the API has not", () => {
  expect(
    ["/", "/vms/web1", "/main.js", "/v2", "/v1x", "/metrics/x"].filter((path) => !isPagePath(path)),
  ).toEqual([]);
  expect(["/v1", "/v1/", "/v1/nothing", "/metrics"].filter(isPagePath)).toEqual([]);
});

test("the page is handed out for the paths that it makes up, with what it may do", async () => {
  for (const path of ["/", "/vms", "/vms/web1", "/vms/web1.example.com", "/index.html"]) {
    const response = await answerPage(asked("GET"), path, files);
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("cache-control")).toBe("no-cache");
    expect(response.headers.get("x-frame-options")).toBe("DENY");
    expect(response.headers.get("referrer-policy")).toBe("no-referrer");
    const policy = response.headers.get("content-security-policy") ?? "";
    expect(policy).toStartWith("default-src 'none'; script-src 'self'; style-src 'self';");
    expect(policy).not.toContain("unsafe");
    expect(await response.text()).toBe(page);
  }
});

test("files are handed out as they were packed, for good", async () => {
  const response = await answerPage(asked("GET", "br, gzip"), "/main-abc.js", files);
  expect(response.headers.get("content-encoding")).toBe("gzip");
  expect(response.headers.get("content-type")).toBe("text/javascript; charset=utf-8");
  expect(response.headers.get("cache-control")).toBe("public, max-age=31536000, immutable");
  expect(new TextDecoder().decode(Bun.gunzipSync(await response.arrayBuffer()))).toBe("run()");
  const plain = await answerPage(asked("HEAD", "identity"), "/main-abc.js", files);
  expect([plain.headers.get("content-encoding"), await plain.text()]).toEqual([null, "run()"]);
});

test("nothing else is handed out, and nothing is sent to it", async () => {
  const refused = async (method: string, path: string): Promise<string> => {
    try {
      await answerPage(asked(method), path, files);
    } catch (error) {
      if (isHavenError(error)) return error.code;
    }
    return "answered";
  };
  for (const path of ["/main.js", "/.env", "/toString.js"])
    expect([path, await refused("GET", path)]).toEqual([path, "api.path"]);
  for (const method of ["POST", "PUT", "DELETE", "OPTIONS"])
    expect([method, await refused(method, "/")]).toEqual([method, "api.method"]);
});

test("where it was not built it says what builds it", async () => {
  const response = await answerPage(asked("GET"), "/", {});
  expect(await response.text()).toBe("The web console is not built: make build\n");
});
