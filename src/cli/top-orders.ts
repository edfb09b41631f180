/** By what `haven vm top` sorts. */
export const topOrders = ["cpu", "memory", "disk", "net", "name", "node"] as const;

export type TopOrder = (typeof topOrders)[number];
