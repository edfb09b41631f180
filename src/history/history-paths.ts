/** Where a node keeps the versions of definitions. */
export const historyPath = "/var/lib/haven/history.db";

/** Touched when Pacemaker's folder was looked at: what is newer is not taken in yet. */
export const historyMarker = `${historyPath}.seen`;

/** The word that the executable is called with to take in what Pacemaker has kept. People need not say it. */
export const keepHistoryWord = "keep-history";
