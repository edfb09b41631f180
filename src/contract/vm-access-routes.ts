import { type ApiRoute, type ApiSchema, count, list, object, text, vmName } from "./api-route.ts";

const sent = {
  description: "As the command prints with --json: what was sent, and to which node",
  schema: object,
};

const strings: ApiSchema = { type: "array", items: text };

/** What the API has to look into the guests of VMs, and to reach into them, besides consoles and screens. */
export const vmAccessRoutes = {
  getVmLog: {
    ...{ method: "GET", path: "/v1/vms/{name}/log", role: "viewer", command: ["vm", "log"] },
    summary: "What a VM has printed to its serial console, on all nodes that it ran on",
    parameters: [
      vmName,
      {
        ...{ name: "lines", in: "query", schema: { ...count, maximum: 100_000, default: 1000 } },
        description: "At the most so many lines: the last",
      },
    ],
    answer: {
      description:
        "Its stays on nodes, the oldest first, each with what it printed there as text; until is missing of the one that lasts. Of silent nodes it is missing",
      schema: {
        type: "object",
        properties: {
          pieces: {
            type: "array",
            items: {
              type: "object",
              properties: { node: text, until: { type: "string", format: "date-time" }, text },
              required: ["node", "text"],
            },
          },
          silent: strings,
        },
        required: ["pieces", "silent"],
      },
    },
  },
  getScreenshot: {
    ...{ method: "GET", path: "/v1/vms/{name}/screenshot", role: "viewer", command: ["vm", "screenshot"] },
    summary: "A picture of a VM's screen",
    parameters: [
      vmName,
      {
        ...{ name: "screen", in: "query", schema: { ...count, maximum: 15, default: 0 } },
        description: "Which one, where it has several; from 0 on",
      },
    ],
    answer: {
      ...{ description: "PNG", type: "image/png" },
      schema: { type: "string", contentMediaType: "image/png" },
    },
  },
  getUsage: {
    ...{ method: "GET", path: "/v1/usage", role: "viewer", command: ["vm", "top"] },
    summary: "What the VMs use of processors, memory, disks and network, measured over a second",
    answer: {
      description: "As haven vm top --once --json",
      schema: {
        type: "object",
        properties: { time: { type: "integer" }, vms: list, silent: strings },
        required: ["time", "vms", "silent"],
      },
    },
  },
  sendKeys: {
    ...{ method: "POST", path: "/v1/vms/{name}/keys", role: "operator", command: ["vm", "send-key"] },
    ...{ summary: "Press keys on a VM's keyboard", parameters: [vmName], answer: sent },
  },
  ctrlAltDel: {
    ...{ method: "POST", path: "/v1/vms/{name}/ctrl-alt-del", role: "operator" },
    ...{ command: ["vm", "ctrl-alt-del"], summary: "Press Ctrl-Alt-Del on a VM's keyboard" },
    ...{ parameters: [vmName], answer: sent },
  },
  sysrq: {
    ...{ method: "POST", path: "/v1/vms/{name}/sysrq", role: "operator", command: ["vm", "sysrq"] },
    summary: "Press the magic SysRq key of a Linux guest with a request",
    ...{ parameters: [vmName], answer: sent },
  },
  runMonitor: {
    ...{ method: "POST", path: "/v1/vms/{name}/monitor", role: "admin", command: ["vm", "monitor"] },
    summary: "Hand a command to the monitor of a VM's QEMU, past libvirt, which marks the domain as tainted",
    parameters: [vmName],
    answer: { description: "As haven vm monitor --json", schema: object },
  },
} as const satisfies Readonly<Record<string, ApiRoute>>;
