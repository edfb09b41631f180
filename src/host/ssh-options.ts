/** Options of ssh for connections at which nobody sits to answer, and that must not hang when the node dies. */
export const sshOptions: readonly string[] = [
  "BatchMode=yes",
  "ConnectTimeout=10",
  "ServerAliveInterval=5",
  "ServerAliveCountMax=3",
].flatMap((option) => ["-o", option]);
