import { describe, expect, test } from "bun:test";
import { smallCib } from "../../test/support/small-cib.ts";
import { HavenError } from "../base/errors.ts";
import { type ChangeProposal, changeCib } from "./change-cib.ts";
import { Cib } from "./cib.ts";
import type { Pacemaker } from "./live.ts";
import type { Transition } from "./simulate.ts";

/** The configuration's owner, with what others do to it between our reading and our writing. */
class Owner {
  epoch = 7;
  readonly patches: string[] = [];
  readonly simulated: string[] = [];
  transition: Transition = { actions: [], fenced: [] };
  /** Called before each patch is judged. */
  meanwhile: () => void = () => undefined;

  asPacemaker(): Pacemaker {
    const calls: Partial<Pacemaker> = {
      queryCib: async () => smallCib.replace('epoch="7"', `epoch="${this.epoch}"`),
      simulate: async (cib) => {
        this.simulated.push(cib);
        return this.transition;
      },
      applyPatch: async (patch) => {
        this.meanwhile();
        if (!patch.includes(`<source admin_epoch="1" epoch="${this.epoch}"/>`)) {
          throw new HavenError("pacemaker.conflict");
        }
        this.patches.push(patch);
        this.epoch += 1;
      },
    };
    return calls as Pacemaker;
  }
}

const standby = (editor: { setNodeAttributes(node: string, values: { standby: string }): void }): void =>
  editor.setNodeAttributes("node2", { standby: "on" });

describe("a change of the configuration", () => {
  test("is simulated, confirmed, and written against the version that was read, not its status", async () => {
    const owner = new Owner();
    owner.transition = { actions: [{ kind: "stop", resource: "vm-web", from: "node2" }], fenced: [] };
    const asked: ChangeProposal[] = [];
    const result = await changeCib({ pacemaker: owner.asPacemaker() }, standby, {
      confirm: (proposal) => asked.push(proposal) > 0,
    });
    expect(result).toMatchObject({ committed: true, declined: false, version: { adminEpoch: 1, epoch: 8 } });
    expect(asked.map((p) => [p.attempt, p.transition.actions.length, p.changes.length])).toEqual([[1, 1, 1]]);
    expect(owner.simulated[0]).toContain('name="standby" value="on"');
    expect(owner.patches[0]).toStartWith(
      `<diff format="2"><version><source admin_epoch="1" epoch="7"/><target admin_epoch="1" epoch="8" num_updates="0"/></version><change operation="create" path="/cib/configuration/nodes/node[@id='2']" position="0">`,
    );
  });

  test("is made from what was read already, and from what there is when that has become another", async () => {
    const owner = new Owner();
    let reads = 0;
    const pacemaker = owner.asPacemaker();
    const counting: Pacemaker = {
      ...pacemaker,
      queryCib: async () => {
        reads += 1;
        return await pacemaker.queryCib();
      },
    };
    const base = Cib.parse(await pacemaker.queryCib());
    expect(await changeCib({ pacemaker: counting }, standby, { base })).toMatchObject({ committed: true });
    expect(reads).toBe(0);
    // Meanwhile it is another version than that one.
    const later = await changeCib({ pacemaker: counting }, standby, { base });
    expect([reads, later.committed, later.version.epoch]).toEqual([1, true, 9]);
  });

  test("nothing to change, a dry run, and no: nothing is written", async () => {
    const owner = new Owner();
    const environment = { pacemaker: owner.asPacemaker() };
    expect(await changeCib(environment, () => undefined)).toMatchObject({ committed: false, changes: [] });
    expect(await changeCib(environment, standby, { dryRun: true })).toMatchObject({ committed: false });
    expect(await changeCib(environment, standby, { confirm: () => false })).toMatchObject({
      committed: false,
      declined: true,
    });
    expect(owner.patches).toEqual([]);
  });

  test("a lost race: simulated again, asked again only when the effect is another one", async () => {
    const owner = new Owner();
    let rivals = 2;
    owner.meanwhile = () => {
      if (rivals === 0) return;
      rivals -= 1;
      owner.epoch += 1;
      if (rivals === 0) owner.transition = { actions: [], fenced: [{ node: "node2" }] };
    };
    const asked: number[] = [];
    const result = await changeCib({ pacemaker: owner.asPacemaker() }, standby, {
      confirm: ({ attempt }) => asked.push(attempt) > 0,
    });
    expect(asked).toEqual([1, 3]);
    expect([result.committed, owner.simulated.length, result.version.epoch]).toEqual([true, 3, 10]);
  });

  test("a race lost every time is an error, and nothing is overwritten", async () => {
    const owner = new Owner();
    owner.meanwhile = () => {
      owner.epoch += 1;
    };
    const change = changeCib({ pacemaker: owner.asPacemaker() }, standby, { attempts: 3 });
    expect(change).rejects.toThrow("changed by someone else");
    await change.catch(() => undefined);
    expect([owner.simulated.length, owner.patches.length]).toEqual([3, 0]);
  });

  test("a change that leaves a reference to nothing is refused before it is simulated", async () => {
    const owner = new Owner();
    const change = changeCib({ pacemaker: owner.asPacemaker() }, (editor) => {
      editor.remove("haven-vm-ops");
    });
    expect(change).rejects.toThrow("'haven-vm-ops', which is not there");
    await change.catch(() => undefined);
    expect(owner.simulated).toEqual([]);
  });
});
