import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer as createNetServer, type Server as NetServer, connect as netConnect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer, type Server, type TLSSocket } from "node:tls";
import { connect } from "./connect.ts";
import { packetBytes } from "./fake-server.ts";
import { FrameReader, readHeader } from "./frames.ts";
import { procedures } from "./procedures.ts";
import { XdrReader } from "./xdr.ts";

// Keys and certificates are made by the openssl command; without it there is nothing to test with.
const missing = Bun.which("openssl") === null;
let pki: string;

function openssl(...words: string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(["openssl", ...words], {
    cwd: pki,
    stdout: "ignore",
    stderr: "pipe",
  });
  if (exitCode !== 0) throw new Error(`openssl ${words[0]}: ${stderr.toString()}`);
}

/** A key and a certificate of that authority, its name and address as in a cluster. */
function certificate(name: string, ca: string, san: string): void {
  writeFileSync(join(pki, `${name}.ext`), `subjectAltName=${san}\nextendedKeyUsage=serverAuth,clientAuth\n`);
  openssl(
    ...`req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=${name} -keyout ${name}.key -out ${name}.csr`.split(
      " ",
    ),
  );
  openssl(
    ...`x509 -req -in ${name}.csr -CA ${ca}.pem -CAkey ${ca}.key -days 2 -extfile ${name}.ext -out ${name}.pem`.split(
      " ",
    ),
  );
}

function authority(name: string): void {
  openssl(
    ...`req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=${name} -keyout ${name}.key -out ${name}.pem`.split(
      " ",
    ),
  );
}

/** The files that a client wants, in a directory of their own. */
function clientPki(ca: string, cert: string): string {
  const directory = mkdtempSync(join(pki, "client-"));
  writeFileSync(join(directory, "cacert.pem"), readFileSync(join(pki, `${ca}.pem`)));
  writeFileSync(join(directory, "clientcert.pem"), readFileSync(join(pki, `${cert}.pem`)));
  writeFileSync(join(directory, "clientkey.pem"), readFileSync(join(pki, `${cert}.key`)));
  return directory;
}

interface TlsDaemon {
  readonly server: Server;
  readonly port: number;
}

/** A daemon that wants a certificate of the authority, confirms it with one byte, and answers three calls. */
async function tlsDaemon(confirm: Uint8Array, host = "localhost"): Promise<TlsDaemon> {
  const server = createServer(
    {
      ca: readFileSync(join(pki, "ca.pem")),
      cert: readFileSync(join(pki, `${host}.pem`)),
      key: readFileSync(join(pki, `${host}.key`)),
      requestCert: true,
      rejectUnauthorized: true,
    },
    (socket: TLSSocket) => {
      const frames = new FrameReader();
      socket.on("error", () => undefined);
      socket.on("data", (chunk: Buffer) => {
        frames.push(chunk, (bytes, start, end) => {
          const header = readHeader(new XdrReader(bytes, start, end));
          const answer = packetBytes({ ...header, type: 1 }, (writer) => {
            if (header.procedure === procedures.authList.number) writer.int32(0);
            if (header.procedure === procedures.connectGetLibVersion.number) writer.uint64(11_003_000);
          });
          // In two pieces, as the network may cut it.
          socket.write(answer.subarray(0, 9));
          socket.write(answer.subarray(9));
          return true;
        });
      });
      socket.write(confirm);
    },
  );
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  return { server, port: address.port };
}

/** Hands bytes on to a port, and counts the TLS records (RFC 8446, 5.1) that the client sends. */
function recordCounter(port: number): { readonly server: NetServer; readonly records: () => number } {
  let records = 0;
  const server = createNetServer((client) => {
    const daemon = netConnect(port, "localhost");
    let kept = Buffer.alloc(0);
    client.on("data", (chunk: Buffer) => {
      kept = Buffer.concat([kept, chunk]);
      while (kept.length >= 5 && kept.length >= 5 + kept.readUInt16BE(3)) {
        records += 1;
        kept = kept.subarray(5 + kept.readUInt16BE(3));
      }
      daemon.write(chunk);
    });
    daemon.on("data", (chunk: Buffer) => client.write(chunk));
    for (const [one, other] of [
      [client, daemon],
      [daemon, client],
    ] as const) {
      one.on("close", () => other.destroy());
      one.on("error", () => other.destroy());
    }
  });
  return { server, records: () => records };
}

describe.skipIf(missing)("TLS", () => {
  let daemon: TlsDaemon;

  beforeAll(async () => {
    pki = mkdtempSync(join(tmpdir(), "haven-pki-"));
    authority("ca");
    authority("other");
    certificate("localhost", "ca", "DNS:localhost,IP:127.0.0.1,IP:::1");
    certificate("elsewhere", "ca", "DNS:elsewhere");
    certificate("stranger", "other", "DNS:localhost");
    daemon = await tlsDaemon(new Uint8Array([1]));
  });

  afterAll(() => {
    daemon.server.close();
    rmSync(pki, { recursive: true });
  });

  const uri = (port: number, directory: string): string =>
    `qemu+tls://localhost:${port}/system?pkipath=${directory}`;

  test("calls go over it", async () => {
    await using libvirt = await connect(uri(daemon.port, clientPki("ca", "localhost")), { timeoutMs: 5000 });
    expect(await libvirt.connectGetLibVersion()).toBe(11_003_000);
    const many = await Promise.all(Array.from({ length: 200 }, () => libvirt.connectGetLibVersion()));
    expect(new Set(many)).toEqual(new Set([11_003_000]));
  });

  test("each packet is a record of its own, since libvirtd does not see the second one in a record", async () => {
    const { server, records } = recordCounter(daemon.port);
    await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no port");
    try {
      await using libvirt = await connect(uri(address.port, clientPki("ca", "localhost")), {
        timeoutMs: 5000,
      });
      const before = records();
      await Promise.all(Array.from({ length: 200 }, () => libvirt.connectGetLibVersion()));
      expect(records() - before).toBe(200);
    } finally {
      server.close();
    }
  });

  test("a daemon of another authority is not trusted", async () => {
    await expect(
      connect(uri(daemon.port, clientPki("other", "localhost")), { timeoutMs: 5000 }),
    ).rejects.toMatchObject({ code: "libvirt.unreachable" });
  });

  test("a daemon of another name is not trusted", async () => {
    const { server, port } = await tlsDaemon(new Uint8Array([1]), "elsewhere");
    try {
      await expect(
        connect(uri(port, clientPki("ca", "localhost")), { timeoutMs: 5000 }),
      ).rejects.toMatchObject({
        code: "libvirt.unreachable",
      });
    } finally {
      server.close();
    }
  });

  test("a certificate of another authority is refused by the daemon", async () => {
    await expect(
      connect(uri(daemon.port, clientPki("ca", "stranger")), { timeoutMs: 5000 }),
    ).rejects.toMatchObject({
      code: "libvirt.unreachable",
    });
  });

  test("a daemon that does not confirm", async () => {
    const refusing = await tlsDaemon(new Uint8Array([0]));
    const silent = await tlsDaemon(new Uint8Array(0));
    try {
      await expect(connect(uri(refusing.port, clientPki("ca", "localhost")))).rejects.toMatchObject({
        code: "libvirt.unreachable",
        message: expect.stringContaining("refused the client certificate"),
      });
      await expect(
        connect(uri(silent.port, clientPki("ca", "localhost")), { timeoutMs: 300 }),
      ).rejects.toMatchObject({
        code: "libvirt.unreachable",
        message: expect.stringContaining("no answer within 0.3 s"),
      });
    } finally {
      refusing.server.close();
      silent.server.close();
    }
  });

  test("a certificate that is not there", async () => {
    await expect(connect(uri(daemon.port, "/nonexistent"))).rejects.toMatchObject({
      code: "libvirt.unreachable",
      message: expect.stringContaining("/nonexistent/"),
    });
  });

  test("a port nobody listens at", async () => {
    await expect(connect(uri(1, clientPki("ca", "localhost")), { timeoutMs: 5000 })).rejects.toMatchObject({
      code: "libvirt.unreachable",
    });
  });
});
