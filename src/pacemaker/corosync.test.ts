import { describe, expect, test } from "bun:test";
import { isHavenError } from "../base/errors.ts";
import { assignNodeIds, type CorosyncConf, corosyncConf, readCorosyncConf } from "./corosync.ts";

const three: CorosyncConf = {
  clusterName: "lab",
  tokenMs: 1000,
  nodes: [1, 2, 3].map((id) => ({ name: `node${id}`, id, addresses: [`10.0.0.${id}`, `10.1.0.${id}`] })),
};

describe("corosync.conf", () => {
  test("is encrypted, and reads back as what it was made of", () => {
    const text = corosyncConf(three);
    expect(text).toContain("crypto_cipher: aes256");
    expect(text).toContain("crypto_hash: sha256");
    expect(text).not.toMatch(/two_node|wait_for_all/);
    expect(readCorosyncConf(text)).toEqual(three);
  });

  test("of two nodes each has quorum alone, and waits for the other one when it starts", () => {
    const two = { ...three, nodes: three.nodes.slice(0, 2) };
    const text = corosyncConf(two);
    expect(text).toContain(
      "quorum {\n    provider: corosync_votequorum\n    two_node: 1\n    wait_for_all: 1\n}",
    );
    expect(readCorosyncConf(text)).toEqual(two);
  });

  test("of two nodes with a quorum device has neither: there is a majority", () => {
    const quorumDevice = {
      host: "10.0.0.9",
      port: 5403,
      algorithm: "ffsplit",
      tieBreaker: "lowest",
    } as const;
    const two = { ...three, nodes: three.nodes.slice(0, 2), quorumDevice };
    const text = corosyncConf(two);
    expect(text).toContain(`quorum {
    provider: corosync_votequorum
    device {
        model: net
        votes: 1
        net {
            tls: required
            host: 10.0.0.9
            port: 5403
            algorithm: ffsplit
            tie_breaker: lowest
        }
    }
}`);
    expect(text).not.toMatch(/two_node|wait_for_all/);
    expect(readCorosyncConf(text)).toEqual(two);
    const lms = { ...two, quorumDevice: { ...quorumDevice, algorithm: "lms", tieBreaker: 2 } as const };
    expect(corosyncConf(lms)).not.toContain("votes:");
    expect(readCorosyncConf(corosyncConf(lms))).toEqual(lms);
  });

  test("reads the one Debian's package brings", () => {
    const text = `# comment
totem {
\tversion: 2
\tcluster_name: debian
}
logging {
\tlogger_subsys {
\t\tsubsys: QUORUM
\t}
}
nodelist {
\tnode {
\t\t# name: x
\t\tname: node1
\t\tnodeid: 1
\t\tring0_addr: 127.0.0.1
\t}
}
`;
    expect(readCorosyncConf(text)).toEqual({
      clusterName: "debian",
      tokenMs: 3000,
      nodes: [{ name: "node1", id: 1, addresses: ["127.0.0.1"] }],
    });
  });

  test.each(["totem {", "}", "nonsense", "a: b\n}\n"])("says where %j is broken", (text) => {
    try {
      readCorosyncConf(text, "/etc/corosync/corosync.conf");
      expect.unreachable();
    } catch (error) {
      expect(isHavenError(error, "input.invalid")).toBe(true);
      expect(String(error)).toContain("/etc/corosync/corosync.conf");
    }
  });
});

describe("node ids", () => {
  test("start at 1", () => {
    expect([...assignNodeIds(["a", "b"], [])]).toEqual([
      ["a", 1],
      ["b", 2],
    ]);
  });

  test("stay, and one that was another node's is not given again", () => {
    const before = [
      { name: "a", id: 3, addresses: [] },
      { name: "gone", id: 1, addresses: [] },
    ];
    const ids = assignNodeIds(["b", "a", "c"], before);
    expect([ids.get("a"), ids.get("b"), ids.get("c")]).toEqual([3, 2, 4]);
  });
});
