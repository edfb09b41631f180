/** Where a node's daemon listens for commands and agents of the same node: root's alone. */
export const daemonSocket = "/run/haven/daemon.sock";
