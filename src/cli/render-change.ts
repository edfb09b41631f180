/** What a change of the cluster came to. */
export interface ChangeOutcome {
  readonly committed: boolean;
  readonly effect: readonly string[];
  /** Names for which there was nothing to do. */
  readonly unchanged: readonly string[];
}

/** A change's outcome in lines for a person. */
export function changeLines(
  outcome: ChangeOutcome,
  words: { readonly dryRun: boolean; readonly done: string; readonly already: string },
): readonly string[] {
  const already = outcome.unchanged.map((name) => `${name} ${words.already}`);
  if (words.dryRun) {
    const effect = outcome.effect.length === 0 ? ["nothing starts, stops or moves"] : outcome.effect;
    return [...already, "Nothing is changed. What would happen:", ...effect.map((line) => `  ${line}`)];
  }
  return outcome.committed ? [...already, words.done] : already;
}
