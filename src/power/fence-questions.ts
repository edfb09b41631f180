/**
 * How a test of fencing has every other node ask the devices: Pacemaker probes a resource that never starts
 * (`ocf:haven:FenceTest`) on all nodes, which is the one way to have something done on each of them with what a cluster
 * has anyway. The probe leaves a process behind that asks, and answers in a transient attribute of its node.
 */

/** The word that Haven is called with to ask the devices. People need not say it. */
export const fenceAnswerWord = "answer-fence-test";

/** What ids of the resources begin with; the test's own word follows. */
export const fenceTestPrefix = "haven-fence-test-";

/** The attribute with a node's answers to the test of that word. */
export function fenceAnswerName(word: string): string {
  return `haven-reach-answers-${word}`;
}

/** What a device said, asked from one node for the state of another one's power. */
export interface FenceAnswer {
  readonly target: string;
  readonly device: string;
  /** `failed` where it did not say either, `unknown` where it does not know that server at all. */
  readonly state: "on" | "off" | "failed" | "unknown";
  /** How long it took, milliseconds. */
  readonly ms: number;
  /** Why it failed. */
  readonly why: string | undefined;
}

export interface FenceAnswers {
  /** More may come. */
  readonly busy: boolean;
  readonly answers: readonly FenceAnswer[];
}

/** The attribute's value: without quotes, line breaks or spaces but between the answers. */
export function writeFenceAnswers({ busy, answers }: FenceAnswers): string {
  const words = answers.map(({ target, device, state, ms, why = "" }) =>
    [target, device, state, String(Math.round(ms)), why.replace(/[\p{Cc}\s]+/gu, " ").slice(0, 200)]
      .map(encode)
      .join(":"),
  );
  return [busy ? "busy" : "done", ...words].join(" ");
}

/** Undefined for what is none. */
export function readFenceAnswers(value: string | undefined): FenceAnswers | undefined {
  const [state, ...words] = (value ?? "").split(" ");
  if (state !== "busy" && state !== "done") return undefined;
  const answers = words.flatMap((word): FenceAnswer[] => {
    const [target, device, said, ms, why = ""] = word.split(":").map(decode);
    if (target === undefined || device === undefined || !isState(said)) return [];
    return [{ target, device, state: said, ms: Number(ms), why: why === "" ? undefined : why }];
  });
  return { busy: state === "busy", answers };
}

function isState(text: string | undefined): text is FenceAnswer["state"] {
  return text === "on" || text === "off" || text === "failed" || text === "unknown";
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll("'", "%27");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}
