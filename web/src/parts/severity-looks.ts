/** How grave what a look at the health has found is, as labels and notices show it. */
export const severityLooks = {
  ok: "success",
  warning: "warning",
  unknown: "warning",
  error: "danger",
} as const;
