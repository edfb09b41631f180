import { basename } from "node:path";

/**
 * Haven is one executable with many names, as busybox is: links to it are the resource agent, the fence agents
 * and the alert agent. Each face is imported only when it was called, since a monitor call pays for every
 * module that is evaluated.
 */
async function main(): Promise<number> {
  const face = basename(process.argv0);
  const words = process.argv.slice(2);
  // Both turn a Bun executable into something else; an agent must be what Pacemaker thinks it is.
  if (face !== "haven" && (process.env.BUN_OPTIONS !== undefined || process.env.BUN_BE_BUN !== undefined)) {
    process.stderr.write(`${face}: refused to run with BUN_OPTIONS or BUN_BE_BUN in the environment\n`);
    return 1;
  }
  if (face === "Domain") {
    const { domainMain } = await import("./agents/domain/main.ts");
    // Nothing that still waits (a file on storage that hangs, say) may keep the answer from Pacemaker.
    process.exit(await domainMain(words));
  }
  if (face === "FenceTest") {
    const { fenceTestMain } = await import("./agents/fence-test.ts");
    process.exit(fenceTestMain(words));
  }
  if (face === "alert_haven") {
    const { alertMain } = await import("./agents/alert.ts");
    process.exit(await alertMain());
  }
  if (face === "fence_haven_chassis" || face === "fence_haven_manual") {
    const code =
      face === "fence_haven_chassis"
        ? await (await import("./agents/fence-chassis.ts")).fenceChassisMain(words)
        : await (await import("./agents/fence-manual.ts")).fenceManualMain(words);
    // A name server that does not answer must not hold the answer back; what was said leaves first.
    await Promise.all([process.stdout, process.stderr].map(written));
    process.exit(code);
  }
  if (face === "haven-lab-bmc") {
    const { bmcHookMain } = await import("./lab/bmc/hook.ts");
    return await bmcHookMain(words);
  }
  if (face === "haven-lab-supervisor") {
    const { supervisorMain } = await import("./lab/supervisor.ts");
    return await supervisorMain(words);
  }
  const { cliMain } = await import("./cli/main.ts");
  return await cliMain(words);
}

function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((done) => {
    setTimeout(done, 1000);
    stream.write("", () => done());
  });
}

process.exitCode = await main();
