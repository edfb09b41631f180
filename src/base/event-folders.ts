/** What Haven keeps on a node. Others may pass through: the alert agent runs as Pacemaker's user. */
export const stateFolder = "/var/lib/haven";

/** Where root's processes leave events, one file for each, until they are taken into the history. */
export const eventsFolder = `${stateFolder}/events.d`;

/** Where the alert agent leaves them: this folder is Pacemaker's user's. */
export const alertsFolder = `${stateFolder}/alerts.d`;

/** A node's history of events. */
export const eventsPath = `${stateFolder}/events.db`;
