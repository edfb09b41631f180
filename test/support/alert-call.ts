/** The environment of a call of the alert agent, as Pacemaker 3.0 makes it: of vm-web on node1 that is well, unless said. */
export function alertCall(words: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const all = {
    kind: "resource",
    rsc: "vm-web",
    node: "node1",
    rc: "0",
    target_rc: "0",
    status: "0",
    ...words,
  };
  return Object.fromEntries(Object.entries(all).map(([name, value]) => [`CRM_alert_${name}`, value]));
}
