/** What a guest is told. `id` is that of its request. */
export type HostAnswer =
  /** Heard: of ready and heartbeat. */
  | { readonly word: "ack"; readonly id: string }
  /** One of the VMs that were asked for. */
  | { readonly word: "target"; readonly id: string; readonly name: string }
  /** What was asked for is done: of fence, that the copy of the VM that ran then is certainly dead. */
  | { readonly word: "done"; readonly id: string }
  /** It may not, it could not be done, or not now: a request that is busy may be repeated under its id. */
  | { readonly word: "denied" | "failed" | "busy"; readonly id: string; readonly reason: string };

/** What became of a request to fence. `busy`: nothing was begun, the guest may ask again. */
export type FenceResult =
  | { readonly word: "done" }
  | { readonly word: "denied" | "failed" | "busy"; readonly reason: string };

const maxReason = 80;

/** An answer as a line, with its end. Whatever the reason is made of, it stays one line of printable ASCII. */
export function formatHostAnswer(answer: HostAnswer): string {
  const words: string[] = [answer.word, answer.id];
  if ("name" in answer) words.push(answer.name);
  if ("reason" in answer) words.push(oneWord(answer.reason));
  return `${words.filter((word) => word !== "").join(" ")}\n`;
}

function oneWord(reason: string): string {
  const word = reason.replace(/[^\x21-\x7e]+/g, "-").slice(0, maxReason);
  return word === "" ? "unknown" : word;
}
