import { expect, test } from "bun:test";
import { errorCode } from "./constants.ts";
import { LibvirtError } from "./libvirt-error.ts";
import { poolRefusal } from "./pool-refusal.ts";

const uuid = "7f5a2a4e-0b5c-4c6a-9d1e-3f2b1c0d9e8f";
const { operationFailed, operationInvalid, systemError, internalError } = errorCode;
const refusal = (code: number, message: string) =>
  poolRefusal(new LibvirtError({ code, domain: 18, level: 2, message }));

test("libvirt's texts say which pool has the folder or the name", () => {
  const texts: readonly [number, string, string][] = [
    [operationFailed, "operation failed: Storage source conflict with pool: 'images'", "images"],
    [operationFailed, "operation failed: Storage source conflict with pool: 'it's mine'", "it's mine"],
    [operationFailed, `operation failed: pool 'images' is already defined with uuid ${uuid}`, "images"],
    [operationFailed, `operation failed: pool 'images' already exists with uuid ${uuid}`, "images"],
    [operationInvalid, "Requested operation is not valid: pool is already active as 'images'", "images"],
  ];
  for (const [code, message, by] of texts) expect(refusal(code, message)).toEqual({ kind: "taken", by });
});

test("a folder that is not there, whatever its name says", () => {
  for (const path of ["/srv/a", "/srv/conflict with pool: 'x'", "/srv/already active"]) {
    const message = `cannot open directory '${path}': No such file or directory`;
    expect(refusal(systemError, message)).toEqual({ kind: "missing" });
  }
});

test("from any other text nothing is concluded", () => {
  const texts: readonly [number, string][] = [
    [operationFailed, "Vorgang fehlgeschlagen: Konflikt der Speicherquelle mit Pool: 'images'"],
    [operationFailed, "operation failed: cannot open directory '/srv/a': No such file or directory"],
    [operationFailed, "operation failed: pool '' already exists with uuid x"],
    [systemError, "Verzeichnis '/srv/a' kann nicht geöffnet werden: Datei oder Verzeichnis nicht gefunden"],
    [systemError, "cannot stat file '/srv/a/No such file': Input/output error"],
    [internalError, "internal error: Storage source conflict with pool: 'images'"],
  ];
  for (const [code, message] of texts) expect(refusal(code, message)).toEqual({ kind: "unknown" });
  expect(poolRefusal(new Error("Storage source conflict with pool: 'images'"))).toEqual({ kind: "unknown" });
});
