import { expect, test } from "bun:test";
import { readXml } from "../xml/read.ts";
import { adoptionHazards } from "./adoption-hazards.ts";

const hazards = (devices: string): string =>
  adoptionHazards(readXml(`<domain><devices>${devices}</devices></domain>`)).join();

test("a TPM's state goes with the definition unless it is to stay", () => {
  const tpm = (more: string): string => `<tpm model='tpm-crb'><backend type='emulator' ${more}/></tpm>`;
  expect(hazards(tpm(""))).toContain("persistent_state='yes'");
  expect(hazards(tpm("persistent_state='no'"))).toContain("persistent_state='yes'");
  expect(hazards(tpm("persistent_state='yes'"))).toBe("");
  expect(hazards("<tpm><backend type='passthrough'/></tpm>")).toBe("");
});

test("a disk that is being copied will be another one", () => {
  expect(hazards("<disk><mirror type='file' job='copy'/></disk>")).toContain("wait for its end");
  expect(hazards("<disk><source file='/a'/></disk>")).toBe("");
});
