import { describe } from "bun:test";

/** Why no lab can be brought up here; undefined when it can. */
export function labMissing(): string | undefined {
  if (process.getuid?.() !== 0) return "a lab needs root";
  for (const program of ["mmdebstrap", "nsenter", "unshare", "ip"]) {
    if (Bun.which(program) === null) return `a lab needs ${program}`;
  }
  return undefined;
}

/** `describe` for tests that need a lab: skipped, with the reason in the name, where there can be none. */
export function describeLab(name: string, body: () => void): void {
  const missing = labMissing();
  if (missing === undefined) describe(name, body);
  else describe.skip(`${name} (${missing})`, body);
}
