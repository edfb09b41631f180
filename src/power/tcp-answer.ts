import { isIP } from "node:net";

/**
 * What became of a TCP connection: "refused" only when the machine itself said so. Undefined for anything else: nobody
 * answered in time, or somebody on the way said that the machine cannot be reached.
 */
export type TcpAnswer = "accepted" | "refused" | undefined;

// Of <sys/socket.h>, <poll.h> and <errno.h> of Linux; the same on x86-64 and arm64.
const family = { 4: 2, 6: 10 } as const;
const stream = 1;
const nonBlocking = 0o4000;
const closeOnExec = 0o2000000;
const socketLevel = 1;
const socketError = 4;
const pollOut = 4;
const refusals = [111 /* ECONNREFUSED */, 104 /* ECONNRESET */];
const lookMs = 5;

let libc: Awaited<ReturnType<typeof openLibc>> | undefined;

async function openLibc() {
  const { dlopen, FFIType, read } = await import("bun:ffi");
  const { i32, ptr, u32 } = FFIType;
  const { symbols } = dlopen("libc.so.6", {
    socket: { args: [i32, i32, i32], returns: i32 },
    connect: { args: [i32, ptr, u32], returns: i32 },
    poll: { args: [ptr, FFIType.u64, i32], returns: i32 },
    getsockopt: { args: [i32, i32, i32, ptr, ptr], returns: i32 },
    getpeername: { args: [i32, ptr, ptr], returns: i32 },
    inet_pton: { args: [i32, ptr, ptr], returns: i32 },
    close: { args: [i32], returns: i32 },
    __errno_location: { args: [], returns: ptr },
  });
  return { ...symbols, errno: () => read.i32(symbols.__errno_location() as never, 0) };
}

/**
 * Tries a TCP connection, and says how it was answered. It asks the kernel itself: the runtime's own sockets call every
 * connection that fails "refused", also where there was no route to the host (EHOSTUNREACH, seen with Bun 1.4.5).
 *
 * @param address IPv4 or IPv6; anything else is answered undefined
 * @param waitMs Milliseconds until the answer counts as none
 */
export async function tcpAnswer(address: string, port: number, waitMs: number): Promise<TcpAnswer> {
  const version = isIP(address);
  if (version !== 4 && version !== 6) return undefined;
  libc ??= await openLibc();
  const c = libc;
  const name = socketAddress(c, version, address, port);
  if (name === undefined) return undefined;
  const fd = c.socket(family[version], stream | nonBlocking | closeOnExec, 0);
  if (fd < 0) return undefined;
  try {
    const end = performance.now() + waitMs;
    // A machine that is this one may refuse at once.
    if (c.connect(fd, name, name.length) !== 0 && refusals.includes(c.errno())) return "refused";
    for (;;) {
      if (isSettled(c, fd)) return answerOf(c, fd);
      const left = end - performance.now();
      if (left <= 0) return undefined;
      await Bun.sleep(Math.min(lookMs, left));
    }
  } finally {
    c.close(fd);
  }
}

type Libc = Awaited<ReturnType<typeof openLibc>>;

/** struct sockaddr_in: family, port, address, 8 bytes; sockaddr_in6: family, port, flow, address, scope. */
function socketAddress(c: Libc, version: 4 | 6, address: string, port: number): Uint8Array | undefined {
  const bytes = new Uint8Array(version === 4 ? 16 : 28);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, family[version], true);
  view.setUint16(2, port);
  const at = new Uint8Array(16);
  if (c.inet_pton(family[version], Buffer.from(`${address}\0`), at) !== 1) return undefined;
  bytes.set(version === 4 ? at.subarray(0, 4) : at, version === 4 ? 4 : 8);
  return bytes;
}

function isSettled(c: Libc, fd: number): boolean {
  // struct pollfd: int fd, short events, short revents.
  const entry = new DataView(new ArrayBuffer(8));
  entry.setInt32(0, fd, true);
  entry.setInt16(4, pollOut, true);
  return c.poll(new Uint8Array(entry.buffer), 1, 0) === 1;
}

function answerOf(c: Libc, fd: number): TcpAnswer {
  const value = new Int32Array(1);
  const length = new Uint32Array([4]);
  if (c.getsockopt(fd, socketLevel, socketError, value, length) !== 0) return undefined;
  const error = value[0] ?? -1;
  if (refusals.includes(error)) return "refused";
  // A socket that never began to connect is writable too: only one that has a peer is connected.
  const peer = new Uint8Array(128);
  return error === 0 && c.getpeername(fd, peer, new Uint32Array([peer.length])) === 0
    ? "accepted"
    : undefined;
}
