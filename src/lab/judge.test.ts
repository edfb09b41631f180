import { describe, expect, test } from "bun:test";
import { judgeSectors } from "./judge.ts";

const ringSize = 100;

interface Writer {
  epoch: number;
  boot: string;
  seq: number;
  uptime: number;
}

/** A disk on which records stand as the guest writes them. */
function disk(): { sectors: string[]; write(index: number, writer: Writer): void } {
  const sectors = Array.from({ length: 64 + ringSize }, () => "");
  sectors[0] = "HVNH 1 0 boot";
  return {
    sectors,
    write(index, writer) {
      const { epoch, seq, boot, uptime } = writer;
      sectors[64 + (index % ringSize)] =
        `HVNR ${index} ${epoch} ${seq} ${boot} ${uptime.toFixed(3)} 0123456789abcdef`;
      writer.seq++;
      writer.uptime += 0.1;
    },
  };
}

const writer = (epoch: number): Writer => ({ epoch, boot: `boot${epoch}`, seq: 0, uptime: 2 });

describe("one copy at a time", () => {
  test("an empty disk", () => {
    expect(judgeSectors(disk().sectors)).toEqual({ records: 0, boots: [], violations: [], last: undefined });
  });

  test("two boots, one after the other", () => {
    const { sectors, write } = disk();
    const [one, two] = [writer(1), writer(2)];
    for (let index = 0; index < 10; index++) write(index, one);
    for (let index = 10; index < 15; index++) write(index, two);
    const { records, boots, violations, last } = judgeSectors(sectors);
    expect(violations).toEqual([]);
    expect(records).toBe(15);
    expect(boots.map(({ boot, records: count }) => [boot, count])).toEqual([
      ["boot1", 10],
      ["boot2", 5],
    ]);
    expect(last).toMatchObject({ index: 14, epoch: 2, seq: 4 });
  });

  test("the ring comes round", () => {
    const { sectors, write } = disk();
    const one = writer(1);
    for (let index = 0; index < 250; index++) write(index, one);
    const { records, violations } = judgeSectors(sectors);
    expect(violations).toEqual([]);
    expect(records).toBe(ringSize);
  });
});

describe("two copies", () => {
  test("what a copy found and wrote down counts", () => {
    const { sectors, write } = disk();
    write(0, writer(1));
    sectors[10] = "HVNV 1 boot1 5 occupied HVNR 5 2 0 boot2 2.100 0123456789abcdef";
    expect(judgeSectors(sectors).violations).toHaveLength(1);
  });

  test("the old boot writes once more after the new one has begun", () => {
    const { sectors, write } = disk();
    const [one, two] = [writer(1), writer(2)];
    for (let index = 0; index < 5; index++) write(index, one);
    for (let index = 5; index < 9; index++) write(index, two);
    write(5, one);
    expect(judgeSectors(sectors).violations.join()).toContain("first records are overwritten");
  });

  test("the old boot writes between records of the new one", () => {
    const { sectors, write } = disk();
    const [one, two] = [writer(1), writer(2)];
    for (let index = 0; index < 5; index++) write(index, one);
    for (let index = 5; index < 9; index++) write(index, two);
    write(7, one);
    expect(judgeSectors(sectors).violations.join()).toContain("a boot wrote after the next had begun");
  });

  test("two copies of one boot, as a migration would leave them", () => {
    const { sectors, write } = disk();
    const one = writer(1);
    for (let index = 0; index < 9; index++) write(index, one);
    const copy = { ...one, seq: 4, uptime: 2.9 };
    write(4, copy);
    expect(judgeSectors(sectors).violations.join()).toContain("uptime does not go on");
  });

  test("two boots in one epoch", () => {
    const { sectors, write } = disk();
    write(0, writer(1));
    write(1, { ...writer(1), boot: "other", seq: 1, uptime: 3 });
    expect(judgeSectors(sectors).violations.join()).toContain("has two boots");
  });

  test("records that are missing, and bytes that no copy writes", () => {
    const { sectors, write } = disk();
    const one = writer(1);
    write(0, one);
    write(2, one);
    sectors[90] = "something";
    const { violations } = judgeSectors(sectors);
    expect(violations.join()).toContain("records are missing");
    expect(violations.join()).toContain("no copy writes there");
  });
});
