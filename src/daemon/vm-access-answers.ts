import { HavenError } from "../base/errors.ts";
import type { ApiRequest } from "../contract/api-requests.ts";
import type { vmAccessRequests } from "../contract/vm-access-requests.ts";
import type { vmAccessRoutes } from "../contract/vm-access-routes.ts";
import type { Environment } from "../ops/environment.ts";
import type { ApiAnswer } from "./api-call.ts";
import { optionWords } from "./option-words.ts";
import { queryCount } from "./query-count.ts";
import { readRequest } from "./read-request.ts";

/** Answers what reaches into the guests of VMs. Nothing here lasts: there are no jobs. */
export const vmAccessAnswers: Readonly<Record<keyof typeof vmAccessRoutes, ApiAnswer>> = {
  getVmLog: async ({ answers, work }, call) => {
    const { lines } = queryCount(call.query, { lines: { usual: 1000, most: 100_000 } });
    const { name = "" } = call.parts;
    await answers.vm(name);
    return Response.json(await work.answer(call, (environment) => logOf(environment, name, lines)));
  },
  getScreenshot: async ({ answers, work }, call) => {
    const { screen } = queryCount(call.query, { screen: { usual: 0, most: 15 } });
    const { name = "" } = call.parts;
    await answers.vm(name);
    const { png } = await work.answer(call, async (environment) => {
      const { vmScreenshot } = await import("../ops/vm-screenshot.ts");
      return await vmScreenshot(environment, { name, screen });
    });
    return new Response(new Uint8Array(png), {
      headers: { "content-type": "image/png", "cache-control": "no-store" },
    });
  },
  getUsage: async ({ work }, call) =>
    Response.json(
      await work.answer(call, async (environment) => {
        const { vmTop } = await import("../ops/vm-top.ts");
        for await (const sample of vmTop(environment, { names: [], intervalMs: 1000 })) return sample;
        throw new HavenError("interrupted");
      }),
    ),
  sendKeys: reaches("sendKeys", "send-key", {
    agrees: () => true,
    async run(environment, name, { keys, codeset, holdMs }) {
      const { vmSendKey } = await import("../ops/vm-send-key.ts");
      const how = {
        ...(codeset === undefined ? {} : { codeset }),
        ...(holdMs === undefined ? {} : { holdMs }),
      };
      return await vmSendKey(environment, { name, keys, ...how });
    },
  }),
  ctrlAltDel: reaches("ctrlAltDel", "ctrl-alt-del", {
    // It has said what it does.
    agrees: () => true,
    async run(environment, name) {
      const { vmSendKey } = await import("../ops/vm-send-key.ts");
      return await vmSendKey(environment, { name, keys: ["ctrl-alt-del"], command: "ctrl-alt-del" });
    },
  }),
  sysrq: reaches("sysrq", "sysrq", {
    agrees: ({ yes }) => yes === true,
    words: ({ request }) => [request],
    async run(environment, name, { request }) {
      const { vmSysrq } = await import("../ops/vm-sysrq.ts");
      return await vmSysrq(environment, { name, request });
    },
  }),
  runMonitor: reaches("runMonitor", "monitor", {
    agrees: ({ yes }) => yes === true,
    words: ({ command }) => command,
    async run(environment, name, { command, hmp = false }) {
      const { vmMonitor } = await import("../ops/vm-monitor.ts");
      return await vmMonitor(environment, { name, command, hmp });
    },
  }),
};

type Reaching = keyof typeof vmAccessRequests;

interface Reach<I extends Reaching> {
  agrees(request: ApiRequest<I>): boolean;
  /** What the command says besides the VM's name, for the audit. Keys may be those of a password. */
  words?(request: ApiRequest<I>): readonly string[];
  run(environment: Environment, name: string, request: ApiRequest<I>): Promise<object>;
}

/** Does it to one VM at once, and answers with what the command prints with --json. */
function reaches<I extends Reaching>(id: I, word: string, { agrees, words, run }: Reach<I>): ApiAnswer {
  return async ({ answers, work }, call) => {
    const request = await readRequest(id, await call.body());
    const { name = "" } = call.parts;
    await answers.vm(name);
    const said = words?.(request) ?? [];
    const result = await work.change(call, {
      what: ["vm", word, name, ...said.map((one) => one.slice(0, 200))],
      options: optionWords({ yes: "yes" in request && request.yes === true ? true : undefined }),
      agrees: agrees(request),
      reaches: name,
      run: (environment) => run(environment, name, request),
    });
    return Response.json(result);
  };
}

async function logOf(environment: Environment, name: string, lines: number): Promise<object> {
  const [{ vmLog }, { lastLines }] = await Promise.all([
    import("../ops/vm-log.ts"),
    import("../ops/last-lines.ts"),
  ]);
  for await (const part of vmLog(environment, { name, follow: false })) {
    if (part.kind !== "past") continue;
    const decoder = new TextDecoder();
    const pieces = lastLines(part.pieces, lines).map(({ node, bytes, until }) => ({
      node,
      ...(until === undefined ? {} : { until: new Date(until).toISOString() }),
      text: decoder.decode(bytes),
    }));
    return { pieces, silent: part.silent };
  }
  throw new HavenError("interrupted");
}
