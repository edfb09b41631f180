import { type ApiRoute, text, vmName } from "./api-route.ts";

/** WebSockets to the consoles and screens of VMs. */
export const consoleRoutes = {
  openConsole: {
    ...{ method: "GET", path: "/v1/vms/{name}/console", role: "operator", command: ["vm", "console"] },
    summary: "A WebSocket to the serial console of a VM, wherever it runs",
    parameters: [
      vmName,
      {
        ...{ name: "force", in: "query", schema: { type: "boolean", default: false } },
        description: "Take the console over from another session",
      },
      {
        ...{ name: "readOnly", in: "query", schema: { type: "boolean", default: false } },
        description: "Hand nothing on of what is sent",
      },
    ],
    answer: {
      ...{ status: 101, schema: text },
      description:
        "Binary messages are what the guest prints, text messages say what happens, as JSON; every message to it is typed",
    },
  },
  openScreen: {
    ...{ method: "GET", path: "/v1/vms/{name}/vnc", role: "operator", command: ["vm", "vnc"] },
    summary: "A WebSocket to the screen of a VM, wherever it runs: VNC's protocol (RFB) in binary messages",
    parameters: [vmName],
    answer: { ...{ status: 101, schema: text }, description: "VNC's bytes, as noVNC wants them" },
  },
} as const satisfies Readonly<Record<string, ApiRoute>>;
