/**
 * Writes events until it is killed, for the test of what a kill leaves: `write DATABASE FIRST` adds them one by one and
 * prints the number of each that is certainly there, `take DATABASE FOLDER` takes in what was left in a folder.
 */
import { writeSync } from "node:fs";
import { takeSpooled } from "../../src/history/event-spool.ts";
import { EventStore } from "../../src/history/event-store.ts";

const [mode, database = "", rest = ""] = process.argv.slice(2);
const store = EventStore.open(database, { node: "node1" });
if (mode === "take") {
  writeSync(1, "begun\n");
  takeSpooled(store, [{ path: rest }]);
} else {
  for (let n = Number(rest); ; n++) {
    const event = { time: n, node: "node1", kind: "vm.started", vm: "web", text: `event ${n}` };
    store.add([{ key: `${n}`, event }]);
    if (n % 50 === 0) store.prune(0);
    writeSync(1, `${n}\n`);
  }
}
store.close();
