/** A page of the console: what its pictures are called, where it is, and what it shows when it is there. */
export interface PageToLookAt {
  readonly name: string;
  readonly path: string;
  readonly shows: RegExp;
}

/** Every page of the console beside those that tabs and dialogues open, as `ConsolePage.reset` leaves the cluster. */
export const allPages: readonly PageToLookAt[] = [
  { name: "cluster", path: "/", shows: /web1/ },
  { name: "vms", path: "/vms", shows: /web1/ },
  { name: "vm", path: "/vms/web1", shows: /Live migration/ },
  { name: "new-vm", path: "/new-vm", shows: /Class/ },
  { name: "nodes", path: "/nodes", shows: /given away/ },
  { name: "node", path: "/nodes/node1", shows: /has started/ },
  { name: "fencing", path: "/fencing", shows: /Tried in this order/ },
  { name: "fencing-add", path: "/fencing/add", shows: /Choose a kind of device/ },
  { name: "plan", path: "/plan", shows: /losses would be survived/ },
  { name: "health", path: "/health", shows: /checks? (is|are) fine/ },
  { name: "events", path: "/events", shows: /has started/ },
  { name: "settings", path: "/settings", shows: /The networks that VMs may be in/ },
  { name: "tokens", path: "/tokens", shows: /Take away/ },
  { name: "raw", path: "/raw", shows: /Haven's\./ },
  { name: "new-raw", path: "/new-raw", shows: /Resource: something/ },
];
