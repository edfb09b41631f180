import { escapeXml } from "../../src/xml/write.ts";
import type { Growth } from "./growth.ts";

const [width, height, margin] = [720, 360, 56];

const lines = [
  { name: "Pacemaker's scheduler, one run", colour: "#c9190b", of: (one: Growth) => one.scheduler },
  { name: "crm_mon", colour: "#8a8d90", of: (one: Growth) => one.mon },
  { name: "haven plan capacity --quick", colour: "#5e40be", of: (one: Growth) => one.quick },
  { name: "haven status, its own share", colour: "#0066cc", of: (one: Growth) => one.status },
] as const;

/** CPU seconds over what is known of VMs on nodes (nodes × VMs), both on logarithmic scales, as an SVG picture. */
export function growthChart(sizes: readonly Growth[]): string {
  const pairs = sizes.map(({ nodes, vms }) => nodes * vms);
  const values = sizes.flatMap((one) => lines.flatMap(({ of }) => of(one) ?? []));
  const x = scale(pairs, margin, width - margin);
  const y = scale(values, height - margin, margin);
  const marks = decades(values).map(
    (value) =>
      `<line x1="${margin}" x2="${width - margin}" y1="${at(y(value))}" y2="${at(y(value))}" stroke="#d2d2d2"/>` +
      `<text x="${margin - 6}" y="${at(y(value) + 4)}" text-anchor="end">${value} s</text>`,
  );
  const names = sizes.map(
    ({ nodes, vms }) =>
      `<text x="${at(x(nodes * vms))}" y="${height - margin + 18}" text-anchor="middle">${nodes} × ${vms}</text>`,
  );
  const drawn = lines.map(({ name, colour, of }, row) => {
    const points = sizes.flatMap((one) => {
      const value = of(one);
      return value === undefined ? [] : [`${at(x(one.nodes * one.vms))},${at(y(value))}`];
    });
    const dots = points.map((point) => {
      const [cx, cy] = point.split(",");
      return `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`;
    });
    const key = `<text x="${margin + 8}" y="${margin - 30 + row * 15}" fill="${colour}">${escapeXml(name)}</text>`;
    return `<polyline points="${points.join(" ")}" fill="none" stroke="${colour}" stroke-width="2"/>${dots.join("")}${key}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<title>CPU seconds over the size of the cluster: nodes × VMs</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...marks,
    ...names,
    ...drawn,
    "</svg>\n",
  ].join("\n");
}

/** A logarithmic scale from the smallest value to the largest, onto a line. */
function scale(values: readonly number[], from: number, to: number): (value: number) => number {
  const [least, most] = [Math.log(Math.min(...values)), Math.log(Math.max(...values))];
  const span = most - least || 1;
  return (value) => from + ((Math.log(value) - least) / span) * (to - from);
}

/** The powers of ten between them. */
function decades(values: readonly number[]): readonly number[] {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const first = Math.ceil(Math.log10(least));
  const last = Math.floor(Math.log10(most));
  return Array.from({ length: last - first + 1 }, (_, i) => 10 ** (first + i));
}

function at(value: number): string {
  return value.toFixed(1);
}
