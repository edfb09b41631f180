/** Where the system's logger listens. Source: syslog(3), unix(7). */
const socketPath = "/dev/log";

/** Security messages that not everybody reads (10), of the severity notice (5). Source: RFC 3164, 4.1.1. */
const priority = 10 * 8 + 5;

const afUnix = 1;
/** Numbers of Linux on x86 and ARM: SOCK_DGRAM with SOCK_CLOEXEC, MSG_DONTWAIT with MSG_NOSIGNAL. */
const datagram = 2 | 0o2000000;
const atOnce = 0x40 | 0x4000;
const longestPath = 107;
const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/**
 * Sends a line to the system's log, by a datagram that is never waited for.
 *
 * @param line One line; 1000 characters are sent
 * @returns false where nobody listens
 */
export async function sendToSyslog(line: string, path: string = socketPath): Promise<boolean> {
  const address = socketAddress(path);
  if (address === undefined) return false;
  try {
    const { dlopen, FFIType } = await import("bun:ffi");
    const { i32, u32, u64, i64, ptr } = FFIType;
    const { symbols: c, close } = dlopen("libc.so.6", {
      socket: { args: [i32, i32, i32], returns: i32 },
      sendto: { args: [i32, ptr, u64, i32, ptr, u32], returns: i64 },
      close: { args: [i32], returns: i32 },
    });
    try {
      const socket = c.socket(afUnix, datagram, 0);
      if (socket < 0) return false;
      const message = Buffer.from(
        `<${priority}>${timeText(new Date())} haven[${process.pid}]: ${line.slice(0, 1000)}`,
      );
      const sent = c.sendto(socket, message, message.length, atOnce, address, address.length);
      c.close(socket);
      return Number(sent) === message.length;
    } finally {
      close();
    }
  } catch {
    return false;
  }
}

/** struct sockaddr_un; undefined for a path that does not fit in. */
function socketAddress(path: string): Uint8Array | undefined {
  const name = Buffer.from(path);
  if (name.length > longestPath) return undefined;
  const address = Buffer.alloc(2 + name.length + 1);
  new DataView(address.buffer, address.byteOffset).setUint16(0, afUnix, true);
  name.copy(address, 2);
  return address;
}

/** As loggers take it from programs of the same machine: Nov 27 15:14:03. */
function timeText(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${months[date.getMonth()]} ${String(date.getDate()).padStart(2, " ")}`;
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
}
