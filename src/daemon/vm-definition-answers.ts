import { HavenError } from "../base/errors.ts";
import type { vmDefinitionRoutes } from "../contract/vm-definition-routes.ts";
import type { Environment } from "../ops/environment.ts";
import { Cib } from "../pacemaker/cib.ts";
import { vmsInCib } from "../vm/vms-in-cib.ts";
import type { ApiAnswer, ApiCall } from "./api-call.ts";
import { begins } from "./begins.ts";
import { beginsOnVm } from "./begins-on-vm.ts";
import { checkIfMatch, tagOf } from "./if-match.ts";
import { optionWords } from "./option-words.ts";
import { type RequestSpec, textOfSpec, textsOfSpecs } from "./request-specs.ts";

/** Answers what changes VMs' definitions, or shows them. */
export const vmDefinitionAnswers: Readonly<Record<keyof typeof vmDefinitionRoutes, ApiAnswer>> = {
  addVms: begins("addVms", {
    what: ({ specs }) => ["vm", "add", ...namesIn(specs)],
    async run(environment, { specs, stopped = false, dryRun = false, force = false }) {
      const { vmAdd } = await import("../ops/vm-add.ts");
      return await vmAdd(environment, { texts: textsOfSpecs(specs), stopped, dryRun, force });
    },
  }),
  applyVms: begins("applyVms", {
    what: ({ specs }) => ["vm", "apply", ...namesIn(specs)],
    async run(environment, { specs, prune = false, stopped = false, dryRun = false, force = false }) {
      const { vmApply } = await import("../ops/vm-apply.ts");
      return await vmApply(environment, { texts: textsOfSpecs(specs), prune, stopped, dryRun, force });
    },
  }),
  editVm: beginsOnVm("editVm", {
    what: (_request, { name = "" }) => ["vm", "edit", name],
    async check(environment, call) {
      checkVm(call, await definitionOf(environment, call.parts.name ?? ""));
    },
    async run(environment, { spec, dryRun = false, force = false }, call) {
      const { vmEditBegin, vmEditEnd } = await import("../ops/vm-edit.ts");
      const begun = await vmEditBegin(environment, call.parts.name ?? "");
      checkVm(call, begun);
      return await vmEditEnd(environment, begun, { text: textOfSpec(spec), dryRun, force });
    },
  }),
  renameVm: beginsOnVm("renameVm", {
    what: ({ to }, { name = "" }) => ["vm", "rename", name, to],
    options: ({ to: _to, ...rest }) => optionWords(rest),
    async run(environment, { to, dryRun = false, force = false }, { parts: { name = "" } }) {
      const { vmRename } = await import("../ops/vm-rename.ts");
      return await vmRename(environment, { name, to, dryRun, force });
    },
  }),
  cloneVm: beginsOnVm("cloneVm", {
    what: ({ to }, { name = "" }) => ["vm", "clone", name, to],
    options: ({ to: _to, disks = [], ...rest }) => [
      ...disks.flatMap((path) => ["--disk", path]),
      ...optionWords(rest),
    ],
    async run(environment, request, { parts: { name = "" } }) {
      const { to, disks = [], copyTo, stopped = false, dryRun = false } = request;
      if (copyTo !== undefined && disks.length > 0) {
        throw new HavenError("input.invalid", { where: "body", expected: "disks or copyTo, not both" });
      }
      const { vmClone } = await import("../ops/vm-clone.ts");
      const copied = copyTo === undefined ? {} : { copyTo };
      return await vmClone(environment, { name, clone: to, disks, ...copied, stopped, dryRun });
    },
  }),
  // Not only one that there is: what was removed comes back.
  revertVm: begins("revertVm", {
    what: ({ version }, { name = "" }) => ["vm", "revert", name, ...(version === undefined ? [] : [version])],
    options: ({ version: _version, ...rest }) => optionWords(rest),
    async run(environment, request, { parts: { name = "" } }) {
      const { version, start = false, dryRun = false, force = false } = request;
      const { vmRevert } = await import("../ops/vm-revert.ts");
      const which = version === undefined ? {} : { version };
      return await vmRevert(environment, { name, ...which, start, dryRun, force });
    },
  }),
  removeVm: beginsOnVm("removeVm", {
    what: (_request, { name = "" }) => ["vm", "remove", name],
    async run(environment, request, { parts: { name = "" } }) {
      const { deleteDisks = false, confirm, dryRun = false, force = false } = request;
      const { vmRemove } = await import("../ops/vm-remove.ts");
      const confirmed = confirm === undefined ? [] : [confirm];
      const disks = { deleteDisks: { confirmed, ask: () => Promise.resolve(undefined) } };
      return await vmRemove(environment, { names: [name], dryRun, force, ...(deleteDisks ? disks : {}) });
    },
  }),
  getAdoptable: async ({ work }, call) =>
    Response.json(
      await work.answer(call, async (environment) => {
        const { vmAdoptList } = await import("../ops/vm-adopt.ts");
        const found = await vmAdoptList(environment);
        return found.map(({ foreign, domains: _domains, config: _config, ...one }) => ({
          ...{ ...one, resource: foreign?.id, agent: foreign?.fullAgent },
        }));
      }),
    ),
  adoptVms: begins("adoptVms", {
    what: ({ names }) => ["vm", "adopt", ...names],
    options: ({ names: _names, ...rest }) => optionWords(rest),
    async run(environment, { names, name, dryRun = false }) {
      const { vmAdopt } = await import("../ops/vm-adopt.ts");
      return await vmAdopt(environment, { words: names, name, dryRun });
    },
  }),
  giveBackVm: beginsOnVm("giveBackVm", {
    what: (_request, { name = "" }) => ["vm", "adopt", name],
    options: (request) => ["--undo", ...optionWords(request)],
    async run(environment, { dryRun = false }, { parts: { name = "" } }) {
      const { vmAdoptUndo } = await import("../ops/vm-adopt-undo.ts");
      return await vmAdoptUndo(environment, { name, dryRun });
    },
  }),
  exportVms: (sources, call) => exported(sources, call, { names: [], all: true }),
  exportVm: async (sources, call) => {
    const { name = "" } = call.parts;
    await sources.answers.vm(name);
    return await exported(sources, call, { names: [name] });
  },
  diffVms: async ({ work }, call) => {
    const { readRequest } = await import("./read-request.ts");
    const { specs } = await readRequest("diffVms", await call.body());
    return Response.json(
      await work.answer(call, async (environment) => {
        const { vmDiffFiles } = await import("../ops/vm-diff.ts");
        return await vmDiffFiles(environment, textsOfSpecs(specs));
      }),
    );
  },
  diffVm: async ({ work, answers }, call) => {
    const { name = "" } = call.parts;
    const version = call.query.get("version");
    if (version === null) await answers.vm(name);
    return Response.json(
      await work.answer(call, async (environment) => {
        if (version === null) {
          const { vmDiffNames } = await import("../ops/vm-diff.ts");
          return await vmDiffNames(environment, [name]);
        }
        const { vmDiffVersion } = await import("../ops/vm-versions.ts");
        return [await vmDiffVersion(environment, { name, version })];
      }),
    );
  },
  getVmVersions: async ({ work }, call) =>
    Response.json(
      await work.answer(call, async (environment) => {
        const { vmVersions } = await import("../ops/vm-versions.ts");
        return await vmVersions(environment, { names: [plainName(call.parts.name ?? "")] });
      }),
    ),
  getVmVersion: async ({ work }, call) =>
    Response.json(
      await work.answer(call, async (environment) => {
        const { name = "", version = "" } = call.parts;
        const { vmVersionShow } = await import("../ops/vm-versions.ts");
        return await vmVersionShow(environment, { name, version });
      }),
    ),
};

async function exported(
  { work }: Parameters<ApiAnswer>[0],
  call: ApiCall,
  which: { readonly names: readonly string[]; readonly all?: boolean },
): Promise<Response> {
  const { vms } = await work.answer(call, async (environment) => {
    const { vmExport } = await import("../ops/vm-export.ts");
    return await vmExport(environment, which);
  });
  const text = vms.map(({ yaml }) => yaml.trimEnd()).join("\n---\n");
  return new Response(`${text}\n`, { headers: { "content-type": "application/yaml" } });
}

interface Definition {
  readonly spec: unknown;
  readonly xml: string | undefined;
}

async function definitionOf({ pacemaker, signal }: Environment, name: string): Promise<Definition> {
  const cib = Cib.parse(await pacemaker.queryCib({ signal, scope: "configuration" }));
  const entry = vmsInCib(cib).find((one) => one.name === name);
  if (entry === undefined) throw new HavenError("vm.not-found", { name });
  return entry;
}

/** @throws HavenError api.if-match, api.changed */
function checkVm({ ifMatch, parts: { name = "" } }: ApiCall, { spec, xml }: Definition): void {
  checkIfMatch(ifMatch, tagOf({ spec, xml }), name);
}

/** One of which the history may know more than the cluster; no pattern. @throws HavenError vm.not-found */
function plainName(name: string): string {
  if (/^[a-z0-9][a-z0-9-]*$/.test(name)) return name;
  throw new HavenError("vm.not-found", { name: name.slice(0, 64) });
}

/** What specifications that are not checked yet call their VMs, where that can be a name. */
function namesIn(specs: readonly RequestSpec[]): readonly string[] {
  const names = specs.flatMap(({ name }) =>
    typeof name === "string" && /^[a-z0-9-]{1,63}$/.test(name) ? [name] : [],
  );
  return names.length > 5 ? [...names.slice(0, 5), "…"] : names;
}
