import { mkdirSync, writeSync } from "node:fs";
import { hostname } from "node:os";
import { spawnDetached } from "../base/exec.ts";
import { version } from "../base/version.ts";
import { fenceAnswerWord } from "../power/fence-questions.ts";
import { ocf } from "./ocf.ts";

const metadata = `<?xml version="1.0"?>
<!DOCTYPE resource-agent SYSTEM "ra-api-1.dtd">
<resource-agent name="FenceTest" version="${version}">
<version>1.1</version>
<longdesc lang="en">
Has the fence devices asked for the power status of nodes, from every node that Pacemaker probes it on. It is never
started: haven fence test adds it, and takes it away again. Its answers are in a transient attribute of each node.
</longdesc>
<shortdesc lang="en">A test of fencing, see haven fence test</shortdesc>
<parameters>
<parameter name="word" unique="1"><longdesc lang="en">The word of the test, eight hexadecimal digits.</longdesc><shortdesc lang="en">The word of the test</shortdesc><content type="string"/></parameter>
<parameter name="targets"><longdesc lang="en">The nodes whose status is asked for, with commas between them.</longdesc><shortdesc lang="en">The nodes</shortdesc><content type="string"/></parameter>
</parameters>
<actions>
<action name="start" timeout="20s"/>
<action name="stop" timeout="20s"/>
<action name="monitor" timeout="20s" interval="0"/>
<action name="validate-all" timeout="20s"/>
<action name="meta-data" timeout="5s"/>
</actions>
</resource-agent>
`;

/**
 * The resource agent of a test of fencing. Its probe says "not running", always, and leaves the work to a process of
 * its own: a device that does not answer must not hold up a recovery that the cluster has to make meanwhile.
 *
 * @returns the exit code, one of OCF's
 */
export function fenceTestMain(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>> = process.env,
  ask: (words: readonly string[]) => void = askLater,
): number {
  switch (words[0]) {
    case "meta-data":
      writeSync(1, metadata);
      return ocf.success;
    case "monitor":
    case "status": {
      const { OCF_RESKEY_word: word = "", OCF_RESKEY_targets: targets = "" } = env;
      if (/^[0-9a-f]{8}$/.test(word) && targets !== "") {
        ask([word, env.OCF_RESKEY_CRM_meta_on_node ?? hostname(), targets]);
      }
      return ocf.notRunning;
    }
    case "stop":
    case "validate-all":
      return ocf.success;
    case "start":
      writeSync(2, "ERROR: never to be started\nocf-exit-reason:It is never to be started\n");
      return ocf.generic;
    default:
      writeSync(2, "usage: FenceTest {start|stop|monitor|validate-all|meta-data}\n");
      return ocf.unimplemented;
  }
}

function askLater(words: readonly string[]): void {
  mkdirSync("/run/haven", { recursive: true, mode: 0o755 });
  spawnDetached([process.execPath, fenceAnswerWord, ...words], { outputFile: "/run/haven/fence-test.log" });
}
