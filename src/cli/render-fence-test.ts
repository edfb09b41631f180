import type { FencePowerTestResult } from "../ops/fence-power-test.ts";
import type { FenceReach, FenceTestOfNode, FenceTestResult } from "../ops/fence-test.ts";
import { styled } from "./table.ts";

/** `haven fence test`: a line for each device that every other node reaches, one for each node that does not. */
export function fenceTestLines({ tests, absent }: FenceTestResult, color: boolean): readonly string[] {
  const lines = tests.flatMap((test) => nodeLines(test, color));
  if (absent.length > 0) lines.push(`Not online, and not asked: ${absent.join(", ")}`);
  return lines;
}

function nodeLines({ node, ok, reaches, why }: FenceTestOfNode, color: boolean): readonly string[] {
  const verdict = ok ? styled("ok", "green", color) : styled("FAILED", "red", color);
  const lines = [`${node}: ${verdict}${why === undefined ? "" : `: ${why}`}`];
  for (const [device, own] of Map.groupBy(reaches, (reach) => reach.device)) {
    const good = own.filter((reach) => reach.ok);
    const failed = own.filter((reach) => !reach.ok);
    if (good.length > 0) lines.push(`  ${device}: ${goodText(node, good)}`);
    lines.push(
      ...failed.map(
        ({ from, why: reason }) =>
          `  ${device}: ${styled(`not from ${from}`, "red", color)}: ${reason ?? "no answer"}`,
      ),
    );
  }
  return lines;
}

function goodText(node: string, reaches: readonly FenceReach[]): string {
  const slowest = Math.max(...reaches.map(({ ms }) => ms ?? 0)) / 1000;
  const states = [...new Set(reaches.map(({ state }) => state))].join(" and ");
  const from = reaches.map((reach) => reach.from).join(", ");
  return `says that ${node} is ${states} to ${from} (${slowest.toFixed(1)} s)`;
}

/** `haven fence test --power`. */
export function powerTestLines(result: FencePowerTestResult, color: boolean): readonly string[] {
  const { node, shot, ok, effect, offSeconds, wholeSeconds, devices, from, why, standby } = result;
  if (!shot) {
    return [
      "Nothing is changed. What would happen:",
      ...effect.map((line) => `  ${line}`),
      `  ${node} is shot by ${devices.join(", ")}, and waited for`,
    ];
  }
  const by = `by ${devices.join(" or ")}${from === undefined ? "" : `, carried out by ${from}`}`;
  const off = offSeconds === undefined ? [] : [`shot in ${offSeconds.toFixed(1)} s`];
  const back = wholeSeconds === undefined ? [] : [`back after ${wholeSeconds.toFixed(1)} s`];
  const times = [...off, ...back].join(", ");
  const verdict = ok ? styled("ok", "green", color) : styled("FAILED", "red", color);
  return [
    `${node}: ${verdict}${why === undefined ? "" : `: ${why}`}`,
    `  ${times === "" ? "" : `${times}, `}${by}`,
    ...(standby === undefined ? [] : [`  ${node} is in standby: ${standby}`]),
  ];
}
