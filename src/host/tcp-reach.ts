import type { NodeAccess } from "./node-access.ts";

/** "open": somebody listens. "refused": the way is free, and nobody listens. Anything else is why it is not free. */
export type TcpReach = "open" | "refused" | { readonly why: string };

const seconds = 5;

/** Whether a TCP port of another machine can be reached from a node. */
export async function tcpReach(node: NodeAccess, host: string, port: number): Promise<TcpReach> {
  // The host's name is a word of its own, never a part of the script.
  const connect = ["bash", "-c", ': < "/dev/tcp/$1/$2"', "bash", host, String(port)];
  const result = await node.exec(["timeout", String(seconds), ...connect]);
  if (result.code === 0) return "open";
  if (result.code === 124) return { why: `no answer within ${seconds} s` };
  if (/Connection refused/.test(result.stderr)) return "refused";
  const [line = ""] = result.stderr.trim().split("\n");
  return { why: line.replace(/^bash: (line \d+: )?/, "") || `exit code ${result.code}` };
}
