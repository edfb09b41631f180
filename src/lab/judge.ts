import { closeSync, fstatSync, openSync, readSync } from "node:fs";

/**
 * The judge: reads the disk of a lab guest and says whether ever two copies of it wrote.
 *
 * The disk, in sectors of 512 bytes, each one line of text filled up with blanks:
 *
 *     0        HVNH EPOCH INDEX BOOT            where the counter is, written every 32 records
 *     1 … 63   HVNV EPOCH BOOT INDEX WHAT FOUND what a copy accuses another of
 *     64 …     HVNR INDEX EPOCH SEQ BOOT UPTIME NONCE   a ring of records, INDEX modulo its size
 *
 * A guest that boots takes the next epoch and the index after the last record, and then writes a record every
 * interval, each only after it has read back that its last one is still there and that the place of the new one
 * holds none as young. So whenever two copies write, in whatever order, one of them finds something that it did not
 * write, or a record is missing afterwards: an epoch that does not begin with SEQ 0, a gap, or a record of an epoch
 * that had ended. UPTIME and NONCE tell apart two copies that live migration made of one boot.
 */
export interface Judgement {
  /** How many records are on the disk. */
  readonly records: number;
  /** The guest's boots that wrote, oldest first. */
  readonly boots: readonly JudgedBoot[];
  /** Empty: never two copies wrote. */
  readonly violations: readonly string[];
  /** The youngest record. */
  readonly last: CounterRecord | undefined;
}

export interface JudgedBoot {
  readonly epoch: number;
  readonly boot: string;
  readonly records: number;
  /** Seconds of the guest's uptime at its first and last record on the disk. */
  readonly from: number;
  readonly to: number;
  /** The longest time between two records, in seconds of its uptime. */
  readonly longestGap: number;
}

export interface CounterRecord {
  readonly index: number;
  readonly epoch: number;
  readonly seq: number;
  readonly boot: string;
  /** Seconds. */
  readonly uptime: number;
}

const sectorBytes = 512;
const firstRecord = 64;

/**
 * Judges a raw disk image. The guest may be writing: what is read is a moment of each sector.
 *
 * @throws Error when the image cannot be read
 */
export function judge(path: string): Judgement {
  return judgeSectors(readSectors(path));
}

/** The first 48 KiB of text at a time would do; images are small, so they are read whole. Blank sectors are "". */
function readSectors(path: string): readonly string[] {
  const file = openSync(path, "r");
  try {
    const { size } = fstatSync(file);
    const chunk = Buffer.alloc(1024 * 1024);
    const sectors: string[] = [];
    for (let position = 0; position < size; ) {
      const got = readSync(file, chunk, 0, chunk.length, position);
      if (got === 0) break;
      for (let at = 0; at + sectorBytes <= got; at += sectorBytes) {
        const isBlank = chunk[at] === 0;
        sectors.push(isBlank ? "" : chunk.toString("latin1", at, at + sectorBytes).replace(/[ \n\0]+$/, ""));
      }
      position += got;
    }
    return sectors;
  } finally {
    closeSync(file);
  }
}

/** Judges a disk's sectors. */
export function judgeSectors(sectors: readonly string[]): Judgement {
  const violations = sectors.slice(1, firstRecord).filter((line) => line !== "");
  const ring = sectors.slice(firstRecord);
  const records: CounterRecord[] = [];
  ring.forEach((line, slot) => {
    if (line === "") return;
    const record = parseRecord(line);
    if (record === undefined || record.index % ring.length !== slot) {
      violations.push(`sector ${firstRecord + slot} holds what no copy writes there: ${line.slice(0, 80)}`);
    } else {
      records.push(record);
    }
  });
  records.sort((a, b) => a.index - b.index);
  violations.push(...sequenceProblems(records, ring.length));
  return { records: records.length, boots: bootsOf(records), violations, last: records.at(-1) };
}

function parseRecord(line: string): CounterRecord | undefined {
  const match = /^HVNR (\d+) (\d+) (\d+) (\S+) (\d+\.\d+) [0-9a-f]+$/.exec(line);
  if (match === null) return undefined;
  const [, index, epoch, seq, boot = "", uptime] = match;
  return {
    index: Number(index),
    epoch: Number(epoch),
    seq: Number(seq),
    boot,
    uptime: Number(uptime),
  };
}

/** What one writer at a time cannot leave behind. */
function sequenceProblems(records: readonly CounterRecord[], ringSize: number): readonly string[] {
  const problems: string[] = [];
  const bootOf = new Map<number, string>();
  const [first] = records;
  if (first !== undefined && first.index > 0 && records.length < ringSize) {
    problems.push(`records before ${describe(first)} are missing`);
  }
  records.forEach((record, position) => {
    const boot = bootOf.get(record.epoch);
    if (boot !== undefined && boot !== record.boot) {
      problems.push(`epoch ${record.epoch} has two boots: ${boot} and ${record.boot}`);
    }
    bootOf.set(record.epoch, record.boot);
    const before = records[position - 1];
    if (before === undefined) return;
    const problem = stepProblem(before, record);
    if (problem !== undefined) problems.push(`${problem}: ${describe(before)}, then ${describe(record)}`);
  });
  return problems;
}

function stepProblem(before: CounterRecord, record: CounterRecord): string | undefined {
  if (record.index !== before.index + 1) return "records are missing";
  if (record.epoch < before.epoch) return "a boot wrote after the next had begun";
  if (record.epoch > before.epoch)
    return record.seq === 0 ? undefined : "a boot's first records are overwritten";
  if (record.seq !== before.seq + 1) return "a boot's sequence is broken";
  if (record.uptime <= before.uptime) return "a boot's uptime does not go on";
  return undefined;
}

function describe({ index, epoch, seq, uptime }: CounterRecord): string {
  return `record ${index} (epoch ${epoch}, seq ${seq}, uptime ${uptime})`;
}

function bootsOf(records: readonly CounterRecord[]): readonly JudgedBoot[] {
  const boots = new Map<number, JudgedBoot>();
  for (const { epoch, boot, uptime } of records) {
    const known = boots.get(epoch);
    boots.set(
      epoch,
      known === undefined
        ? { epoch, boot, records: 1, from: uptime, to: uptime, longestGap: 0 }
        : {
            ...known,
            records: known.records + 1,
            to: uptime,
            longestGap: Math.max(known.longestGap, uptime - known.to),
          },
    );
  }
  return [...boots.values()];
}
