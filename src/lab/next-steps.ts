/** What is known of a VM when the lab is up. */
export interface RunningVm {
  readonly name: string;
  readonly node: string;
}

/**
 * The next three commands to try, each with what it shows: move a VM live, cut the power of the node it moved to,
 * watch it come back elsewhere.
 *
 * @param haven How the user called Haven: "dist/haven"
 * @param lab The lab's name where it is not the usual one
 */
export function nextSteps(
  haven: string,
  lab: string | undefined,
  vm: RunningVm,
  nodes: readonly string[],
): readonly string[] {
  const target = nodes.find((node) => node !== vm.node);
  const watcher = nodes.find((node) => node !== target);
  if (target === undefined || watcher === undefined) return [];
  const option = lab === undefined ? "" : ` --name ${lab}`;
  const steps = [
    [`${haven} lab exec${option} ${watcher} -- haven vm move ${vm.name} --to ${target}`, "move a VM live"],
    [`${haven} lab power${option} ${target} off`, "cut the power of its node"],
    [`${haven} lab exec${option} ${watcher} -- haven status`, "watch it come back elsewhere"],
  ] as const;
  const width = Math.max(...steps.map(([line]) => line.length));
  return ["Try next:", ...steps.map(([line, what]) => `  ${line.padEnd(width)}  # ${what}`)];
}
