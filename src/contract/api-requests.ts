import type { z } from "zod";
import { drillRequests } from "./drill-requests.ts";
import { fenceRequests } from "./fence-requests.ts";
import { nodeRequests } from "./node-requests.ts";
import { planRequests } from "./plan-requests.ts";
import { powerRequests } from "./power-requests.ts";
import { rawRequests } from "./raw-requests.ts";
import { settingsRequests } from "./settings-requests.ts";
import { timeoutsRequests } from "./timeouts-requests.ts";
import { vmAccessRequests } from "./vm-access-requests.ts";
import { vmDefinitionRequests } from "./vm-definition-requests.ts";
import { vmRequests } from "./vm-requests.ts";

/**
 * What the API is sent, by the id of the route: an empty body is an empty object. This file imports zod when it is
 * evaluated: `await import()` it for its values, import its types freely.
 */
export const apiRequests = {
  ...vmRequests,
  ...vmDefinitionRequests,
  ...vmAccessRequests,
  ...nodeRequests,
  ...drillRequests,
  ...powerRequests,
  ...settingsRequests,
  ...fenceRequests,
  ...rawRequests,
  ...planRequests,
  ...timeoutsRequests,
} as const;

/** The routes that have a body. */
export type ApiRequestId = keyof typeof apiRequests;

/** A body that was checked. */
export type ApiRequest<I extends ApiRequestId> = z.infer<(typeof apiRequests)[I]>;
