import type { WebSocketRoute } from "playwright-core";

const [width, height] = [160, 100];

/** What a viewer has sent to a screen. */
export interface VncInput {
  /** Keysyms of the keys that were pressed. */
  readonly keys: readonly number[];
  /** Where the mouse was pressed, in the guest's own pixels. */
  readonly clicks: readonly (readonly [number, number])[];
}

/** Answers a WebSocket as a VNC server (RFC 6143) does whose screen is all of one colour, without a password. */
export function vncGuest(socket: WebSocketRoute): VncInput {
  const keys: number[] = [];
  const clicks: (readonly [number, number])[] = [];
  let rest: Buffer<ArrayBufferLike> = Buffer.alloc(0);
  let isDrawn = false;
  const take = (length: number): Buffer | undefined => {
    if (rest.length < length) return undefined;
    const taken = rest.subarray(0, length);
    rest = rest.subarray(length);
    return taken;
  };
  const greetings: readonly (readonly [number, () => Buffer])[] = [
    [12, () => Buffer.from([1, 1])],
    [1, () => Buffer.alloc(4)],
    [1, serverInit],
  ];
  let greeted = 0;
  const greet = (): boolean => {
    const [length = 0, answer = () => Buffer.alloc(0)] = greetings[greeted] ?? [];
    if (take(length) === undefined) return false;
    greeted++;
    socket.send(answer());
    return true;
  };
  const read = (): boolean => {
    const message = take(lengthOf(rest));
    if (message === undefined || message.length === 0) return false;
    if (message[0] === 3 && !isDrawn) {
      isDrawn = true;
      socket.send(picture());
    }
    if (message[0] === 4 && message[1] === 1) keys.push(message.readUInt32BE(4));
    if (message[0] === 5 && (message[1] ?? 0) & 1) {
      clicks.push([message.readUInt16BE(2), message.readUInt16BE(4)]);
    }
    return true;
  };
  socket.onMessage((data) => {
    rest = Buffer.concat([rest, Buffer.from(data)]);
    while (greeted < greetings.length ? greet() : read());
  });
  socket.send(Buffer.from("RFB 003.008\n"));
  return { keys, clicks };
}

/** Of the message that begins here; more than there is where that cannot be said yet. */
function lengthOf(bytes: Buffer): number {
  switch (bytes[0]) {
    case 0:
      return 20;
    case 2:
      return bytes.length < 4 ? 4 : 4 + 4 * bytes.readUInt16BE(2);
    case 3:
      return 10;
    case 4:
      return 8;
    case 5:
      return 6;
    default:
      return Number.POSITIVE_INFINITY;
  }
}

function serverInit(): Buffer {
  const name = Buffer.from("web1");
  const init = Buffer.alloc(24);
  init.writeUInt16BE(width, 0);
  init.writeUInt16BE(height, 2);
  init.set([32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 0, 8, 16], 4);
  init.writeUInt32BE(name.length, 20);
  return Buffer.concat([init, name]);
}

function picture(): Buffer {
  const head = Buffer.alloc(16);
  head.writeUInt16BE(1, 2);
  head.writeUInt16BE(width, 8);
  head.writeUInt16BE(height, 10);
  const pixels = Buffer.alloc(width * height * 4);
  for (let at = 0; at < pixels.length; at += 4) pixels.set([20, 160, 60, 0], at);
  return Buffer.concat([head, pixels]);
}
