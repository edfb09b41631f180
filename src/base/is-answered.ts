import { connect } from "node:net";

/** Whether somebody listens at a Unix socket: one that a killed process left is answered by nobody. */
export function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
