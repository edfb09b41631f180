/**
 * The namespace of the mark that a domain carries in its metadata while the resource agent migrates it. A copy that
 * stands still with it waits for the agent's decision: it is not a guest that somebody has suspended.
 */
export const migrationMarkNamespace = "urn:haven:migration:1";
