import { type ApiRoute, begun, object } from "./api-route.ts";

/** What the API has of the cluster's power. */
export const powerRoutes = {
  getPower: {
    ...{ method: "GET", path: "/v1/power", role: "viewer", command: ["power", "show"] },
    summary: "How the power is, what is done next, and which VMs wait for it",
    answer: { description: "As haven power show --json", schema: object },
  },
  shedVms: {
    ...{ method: "POST", path: "/v1/power/shed", role: "operator", command: ["power", "shed"] },
    ...{ summary: "Shut down VMs of low priority until they are restored", answer: begun },
  },
  restoreVms: {
    ...{ method: "POST", path: "/v1/power/restore", role: "operator", command: ["power", "restore"] },
    ...{ summary: "Start the VMs again that were shut down for want of power", answer: begun },
  },
  powerEvent: {
    ...{ method: "POST", path: "/v1/power/events", role: "operator", command: ["power", "event"] },
    summary: "Tell what a UPS says, and have done what is due",
    answer: begun,
  },
} as const satisfies Readonly<Record<string, ApiRoute>>;
