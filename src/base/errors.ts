/**
 * The one catalogue of Haven's errors. Every error that reaches a user has a code here, and with it the exit
 * code of the command line and the status of the API. Each message states only its own layer; the chain of
 * causes is walked by `printError`.
 *
 * Exit codes: 1 failed, 2 bad input, 3 not found, 4 refused (the state does not allow it), 5 not permitted,
 * 6 not reachable or timed out, 130 interrupted.
 *
 * A message starts with a capital, has no full stop, and says what was expected and what was found; the hint
 * says what to do next.
 */

/** What an error's message is made of. */
export type Payload = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

interface ErrorKind {
  readonly exit: 1 | 2 | 3 | 4 | 5 | 6 | 130;
  readonly http: number;
  readonly message: (payload: Payload) => string;
  readonly hint?: (payload: Payload) => string | undefined;
}

const kinds = {
  // base
  internal: { exit: 1, http: 500, message: (p) => `Internal error: ${p.what}` },
  interrupted: { exit: 130, http: 499, message: () => "Interrupted" },
  "input.invalid": {
    exit: 2,
    http: 400,
    message: (p) => `${p.where}: ${p.found === undefined ? "" : `found ${p.found}, `}expected ${p.expected}`,
    hint: (p) => (p.hint === undefined ? undefined : String(p.hint)),
  },
  usage: {
    exit: 2,
    http: 400,
    message: (p) => String(p.what),
    hint: (p) => (p.hint === undefined ? undefined : String(p.hint)),
  },
  "not-root": {
    exit: 5,
    http: 403,
    message: (p) => `${p.what} needs root`,
    hint: (p) => `Run it as root: sudo ${p.command ?? "haven …"}`,
  },
  // exec
  "exec.missing": {
    exit: 1,
    http: 500,
    message: (p) => `The program ${p.program} is not installed or not in PATH`,
    hint: (p) => (p.package === undefined ? undefined : `Install it: apt-get install ${p.package}`),
  },
  "exec.failed": {
    exit: 1,
    http: 502,
    message: (p) => `${p.command} ended with ${p.status}${p.stderr ? `: ${p.stderr}` : ""}`,
  },
  "exec.timeout": {
    exit: 6,
    http: 504,
    message: (p) => `${p.command} did not end within ${p.seconds} s`,
  },
  "exec.output": {
    exit: 1,
    http: 502,
    message: (p) => `${p.command} printed more than ${p.bytes} bytes`,
  },
  // libvirt
  "libvirt.unreachable": {
    exit: 6,
    http: 503,
    message: (p) => `Could not connect to libvirt at ${p.where}: ${p.why}`,
    hint: (p) => (p.hint === undefined ? undefined : String(p.hint)),
  },
  "libvirt.timeout": {
    exit: 6,
    http: 504,
    message: (p) => `libvirt at ${p.where} did not answer ${p.call} within ${p.seconds} s`,
  },
  "libvirt.closed": {
    exit: 6,
    http: 503,
    message: (p) => `The connection to libvirt at ${p.where} is closed: ${p.why}`,
  },
  "libvirt.protocol": {
    exit: 1,
    http: 502,
    message: (p) => `libvirt's message could not be read: ${p.what}`,
  },
  "libvirt.auth": {
    exit: 5,
    http: 502,
    message: (p) => `libvirt at ${p.where} wants ${p.wants}, found none that Haven has`,
    hint: (p) => (p.hint === undefined ? undefined : String(p.hint)),
  },
  // power
  "power.unreachable": {
    exit: 6,
    http: 504,
    message: (p) => `${p.device} did not answer within ${p.seconds} s`,
    hint: () => "Check the address, the port (UDP 161) and the community: a wrong community is not answered",
  },
  "power.denied": {
    exit: 5,
    http: 502,
    message: (p) => `${p.device} refused: ${p.what}`,
    hint: () => "Check the community or the user, its protocols and passwords, and that it may write",
  },
  "power.answer": {
    exit: 1,
    http: 502,
    message: (p) => `${p.device} gave an answer that cannot be right: ${p.what}`,
  },
  "power.signature": {
    exit: 1,
    http: 502,
    message: (p) => `${p.device} says it is "${p.found}", expected one of: ${p.expected}`,
  },
  "power.no-slot": {
    exit: 3,
    http: 404,
    message: (p) => `${p.device} has no slot for ${p.plug}`,
    hint: (p) => `Its labels are: ${p.labels}`,
  },
  "power.ambiguous": {
    exit: 4,
    http: 409,
    message: (p) => `${p.device}: ${p.plug} is not one server beyond doubt: ${p.what}`,
    hint: () =>
      "Label every slot of a server with exactly the same name before the bracket, and no other slot so",
  },
  "power.state": {
    exit: 1,
    http: 502,
    message: (p) => `${p.device} does not tell whether ${p.plug} is on or off: ${p.what}`,
  },
  "power.failed": {
    exit: 1,
    http: 502,
    message: (p) => `${p.device} did not switch ${p.plug} ${p.wanted} within ${p.seconds} s: ${p.what}`,
  },
  "power.alive": {
    exit: 1,
    http: 502,
    message: (p) => `${p.device} says ${p.plug} is off, but it is still heard: ${p.evidence}`,
    hint: () =>
      "Make sure that the server is dead, and find out why its management module says something else",
  },
  // lab
  "lab.missing": {
    exit: 3,
    http: 404,
    message: (p) => `There is no lab ${p.name} in ${p.dir}`,
    hint: (p) => `Bring one up: haven lab up${p.name === "haven" ? "" : ` --name ${p.name}`}`,
  },
  "lab.differs": {
    exit: 4,
    http: 409,
    message: (p) => `Lab ${p.name} is up with ${p.setting} ${p.found}, not ${p.expected}`,
    hint: () => "Take it down first (haven lab down), or give the new one another --name",
  },
  "lab.in-use": {
    exit: 4,
    http: 409,
    message: (p) => `${p.what} is in use by ${p.by}`,
    hint: (p) => (p.hint === undefined ? undefined : String(p.hint)),
  },
  "lab.busy": {
    exit: 4,
    http: 409,
    message: (p) => `Another command is at work on ${p.what}, waited ${p.seconds} s for it`,
    hint: () => "Try again when it is done",
  },
  "lab.state": {
    exit: 1,
    http: 500,
    message: (p) => `The lab's record ${p.path} cannot be read: ${p.why}`,
    hint: () => "haven lab down takes the lab away",
  },
  "lab.node-unknown": {
    exit: 3,
    http: 404,
    message: (p) => `The lab has no node ${p.name}`,
    hint: (p) => `Its nodes are ${p.nodes}`,
  },
  "lab.node-off": {
    exit: 4,
    http: 409,
    message: (p) => `${p.name} is switched off`,
    hint: (p) => `Switch it on: haven lab power ${p.name} on`,
  },
  "lab.failed": { exit: 1, http: 500, message: (p) => `${p.what}: ${p.why}` },
  "lab.faults": {
    exit: 4,
    http: 409,
    message: (p) => `The lab has faults: ${p.faults}`,
    hint: () => "Take them away: haven lab heal",
  },
  "lab.image": {
    exit: 1,
    http: 500,
    message: (p) => `The node image ${p.image} could not be built: ${p.why}`,
    hint: (p) => (p.hint === undefined ? undefined : String(p.hint)),
  },
  // xml
  "xml.invalid": {
    exit: 2,
    http: 400,
    message: (p) => `${p.source}, line ${p.line}, column ${p.column}: the XML ${p.what}`,
  },
  // cluster set-up
  "cluster.refused": {
    exit: 4,
    http: 409,
    message: (p) => `Nothing was changed, since ${p.what}${bullets(p.problems)}`,
    hint: (p) => (p.hint === undefined ? undefined : String(p.hint)),
  },
  "cluster.unreachable": {
    exit: 6,
    http: 503,
    message: (p) => `Node ${p.node} cannot be reached from here`,
    hint: (p) => (p.hint === undefined ? undefined : String(p.hint)),
  },
  "cluster.start": {
    exit: 6,
    http: 504,
    message: (p) => `${p.what} within ${p.seconds} s`,
    hint: (p) => (p.log === undefined ? undefined : `See ${p.log}`),
  },
  // pacemaker
  "pacemaker.down": {
    exit: 6,
    http: 503,
    message: (p) => `Pacemaker does not answer on this node${p.why ? `: ${p.why}` : ""}`,
    hint: () => "Look at: systemctl status pacemaker corosync",
  },
  "pacemaker.failed": {
    exit: 1,
    http: 502,
    message: (p) => `${p.command} failed: ${p.why}`,
  },
  "pacemaker.conflict": {
    exit: 4,
    http: 409,
    message: () => "The cluster's configuration was changed by someone else at the same time",
    hint: () => "Nothing was written; try again",
  },
  "pacemaker.rejected": {
    exit: 2,
    http: 422,
    message: (p) => `Pacemaker does not accept this configuration: ${p.why}`,
  },
  "pacemaker.no-file-action": {
    exit: 4,
    http: 409,
    message: (p) => `${p.what} needs a running cluster, and CIB_file names a file`,
  },
  "agent.metadata": {
    exit: 1,
    http: 502,
    message: (p) => `What the agent ${p.agent} says of itself cannot be read: ${p.why}`,
    hint: (p) => `See what it says: stonith_admin --metadata --agent ${p.agent}`,
  },
  "agent.unknown": {
    exit: 3,
    http: 404,
    message: (p) => `There is no fence agent ${p.agent} on this node`,
    hint: (p) => (p.hint === undefined ? "See: stonith_admin --list-installed" : String(p.hint)),
  },
  "raw.no-agent": {
    exit: 3,
    http: 404,
    message: (p) => `There is no resource agent ${p.agent} on this node`,
    hint: (p) => (p.hint === undefined ? "See: haven raw agent" : String(p.hint)),
  },
  "raw.invalid": {
    exit: 2,
    http: 422,
    message: (p) => `Nothing is changed${bullets(p.problems)}`,
  },
  "raw.refused": {
    exit: 4,
    http: 409,
    message: (p) => String(p.what),
    hint: (p) => (p.hint === undefined ? undefined : String(p.hint)),
  },
  "fence.invalid": {
    exit: 2,
    http: 422,
    message: (p) => `The fence device cannot be added${bullets(p.problems)}`,
  },
  "fence.refused": {
    exit: 4,
    http: 409,
    message: (p) => String(p.what),
    hint: (p) => (p.hint === undefined ? undefined : String(p.hint)),
  },
  "fence.unconfirmed": {
    exit: 1,
    http: 504,
    message: (p) => `Nobody confirmed within ${p.seconds} s that ${p.node} is off`,
    hint: (p) => `Make sure that it is off, then on any node: haven fence confirm ${p.node}`,
  },
  "fence.person": {
    exit: 1,
    http: 409,
    message: (p) => `${p.action} of ${p.node}: only a person could, and is asked for off alone`,
  },
  "fence.secret": {
    exit: 1,
    http: 502,
    message: (p) => `The secrets of ${p.id} could not be put on ${p.node}`,
    hint: () => "Nothing was changed in the cluster; mend that node's libvirt, or give the command --force",
  },
  "pacemaker.fencing": {
    exit: 1,
    http: 502,
    message: (p) => `Fencing of ${p.node} (${p.action}) failed: ${p.why}`,
  },
  "cib.invalid": {
    exit: 2,
    http: 422,
    message: (p) => `This is not a cluster configuration: ${p.what}`,
  },
  "cib.value": { exit: 2, http: 400, message: (p) => `${p.where} ${p.what}` },
  "cib.id": { exit: 2, http: 409, message: (p) => String(p.what) },
  "cib.reference": {
    exit: 2,
    http: 422,
    message: (p) => `The change leaves the configuration broken: ${p.what}`,
  },
  "cib.not-found": {
    exit: 3,
    http: 404,
    message: (p) => `There is no ${p.what} '${p.name}'`,
    hint: (p) => (p.like === undefined ? undefined : `Did you mean '${p.like}'?`),
  },
  "plan.no-answer": {
    exit: 1,
    http: 502,
    message: (p) =>
      `What follows from the loss of ${p.nodes} is not known: Pacemaker's scheduler gave no answer`,
    hint: (p) => `Known without it: ${p.known}`,
  },
  "plan.refused": { exit: 4, http: 409, message: (p) => `There is nothing to plan: ${p.what}` },
  "drill.refused": {
    exit: 4,
    http: 409,
    message: (p) => `The drill was not begun: ${p.what}${bullets(p.problems)}`,
    hint: (p) => (p.hint === undefined ? undefined : String(p.hint)),
  },
  "node.last": {
    exit: 4,
    http: 409,
    message: (p) => `With ${p.nodes} in standby no node would be left to run anything`,
    hint: () => "To stop everything, stop the VMs: haven vm stop",
  },
  "node.obstacles": {
    exit: 4,
    http: 409,
    message: (p) => `${p.nodes} cannot be drained as things are${bullets(p.problems)}`,
    hint: () => "Change what stands in the way, or, to drain it all the same: --force",
  },
  "reboot.stopped": {
    exit: 1,
    http: 502,
    message: (p) => `The run has stopped at ${p.node}: ${p.what}${bullets(p.problems)}`,
    hint: (p) => (p.hint === undefined ? undefined : String(p.hint)),
  },
  // disks
  "disk.failed": { exit: 1, http: 500, message: (p) => `${p.path}: ${p.why}` },
  "disk.undone": {
    exit: 1,
    http: 500,
    message: (p) => `Nothing was ${p.done}, and what had been made for it is ${p.undone}`,
  },
  // vm
  "vm.invalid": {
    exit: 2,
    http: 422,
    message: problemsText,
    hint: (p) => (p.hint === undefined ? undefined : String(p.hint)),
  },
  "vm.not-found": {
    exit: 3,
    http: 404,
    message: (p) => `There is no VM ${p.name}`,
    hint: (p) => (p.like === undefined ? "See: haven vm list" : `Did you mean ${p.like}?`),
  },
  "vm.refused": {
    exit: 4,
    http: 409,
    message: (p) => `${p.name} ${p.why}`,
    hint: (p) => (p.hint === undefined ? undefined : String(p.hint)),
  },
  "vm.failed": {
    exit: 1,
    http: 502,
    message: (p) => `${p.name} ${p.why}`,
    hint: (p) => (p.hint === undefined ? undefined : String(p.hint)),
  },
  "vm.interrupted": { exit: 130, http: 499, message: (p) => `Interrupted: ${p.what}` },
  "settings.invalid": {
    exit: 2,
    http: 422,
    message: problemsText,
    hint: (p) => (p.hint === undefined ? undefined : String(p.hint)),
  },
  "settings.refused": {
    exit: 4,
    http: 409,
    message: (p) => `The settings ${p.why}${bullets(p.lines)}`,
    hint: (p) => (p.hint === undefined ? undefined : String(p.hint)),
  },
  "ups.settings": {
    exit: 4,
    http: 409,
    message: () => "The cluster's settings do not say what is to be done when the power fails",
    hint: () => "Give them power with ups and steps (docs/power.md): haven settings edit",
  },
  "ups.state": {
    exit: 1,
    http: 500,
    message: () =>
      "What the cluster remembers of its power cannot be read (property power-state of the set haven-power)",
    hint: () =>
      "It was changed by other means than Haven. Look at it: cibadmin --query --xpath \"//*[@id='haven-power']\"; to forget it: the same with --delete",
  },
  "ups.unknown": {
    exit: 3,
    http: 404,
    message: (p) =>
      `The settings name no UPS ${p.name}${p.nearest === undefined ? "" : ` (did you mean ${p.nearest}?)`}`,
    hint: (p) => `They have: ${p.known}`,
  },
  "ups.unrecorded": {
    exit: 6,
    http: 503,
    message: (p) => `What the UPS says could not be recorded within ${p.seconds} s: ${p.why}`,
    hint: () => "Tell it again once the cluster answers and has quorum",
  },
  "ups.unreachable": {
    exit: 6,
    http: 504,
    message: (p) => `${p.ups} cannot be asked: ${p.why}`,
    hint: () => "Look whether NUT's upsd runs there and lets this node in: upsc",
  },
  "token.refused": {
    exit: 4,
    http: 409,
    message: (p) => String(p.why),
    hint: (p) => (p.hint === undefined ? undefined : String(p.hint)),
  },
  "vm.declined": {
    exit: 4,
    http: 409,
    message: () => "Not confirmed, nothing was changed",
    hint: () => "Answer y, or give --yes",
  },
  // history
  "history.no-version": {
    exit: 3,
    http: 404,
    message: (p) =>
      p.version === undefined
        ? `${p.name} has no version before the one that is in force`
        : `${p.name} has no version ${p.version} that it could go back to`,
    hint: (p) => `See: haven vm versions ${p.name}`,
  },
  "daemon.running": {
    exit: 4,
    http: 409,
    message: (p) => `Haven's daemon runs on this node already: it answers at ${p.path}`,
    hint: () => "Look at: systemctl status haven",
  },
  // api
  "api.token": {
    exit: 5,
    http: 401,
    message: (p) => String(p.why),
    hint: () => "Send the header Authorization: Bearer TOKEN; haven token add makes one",
  },
  "api.role": {
    exit: 5,
    http: 403,
    message: (p) => `This needs the role ${p.needs}, and ${p.name} has ${p.has}`,
  },
  "api.path": {
    exit: 3,
    http: 404,
    message: (p) => `There is no ${p.path}`,
    hint: () => "Over TLS /v1/openapi.json says what there is",
  },
  "api.method": {
    exit: 2,
    http: 405,
    message: (p) => `Expected ${p.expected}, found ${p.found}`,
  },
  "api.failures": {
    exit: 5,
    http: 429,
    message: (p) => `Too many unknown tokens came from ${p.address}`,
    hint: (p) => `Wait for ${p.seconds} s`,
  },
  "api.busy": {
    exit: 4,
    http: 503,
    message: (p) => `There are ${p.count} ${p.what ?? "streams"} already`,
    hint: () => "Close one, or ask another node",
  },
  "api.jobs": {
    exit: 4,
    http: 503,
    message: (p) => `${p.count} jobs run already`,
    hint: () => "Try again when some have ended: /v1/jobs",
  },
  "api.alone": {
    exit: 4,
    http: 409,
    message: (p) => `A ${p.what} runs already`,
    hint: (p) => `Wait for it: /v1/jobs/${p.job}`,
  },
  "api.turns": {
    exit: 4,
    http: 503,
    message: (p) => `${p.count} questions wait already`,
    hint: () => "Try again later, or ask another node",
  },
  "api.if-match": {
    exit: 2,
    http: 428,
    message: (p) => `The header If-Match is missing: it says which ${p.what} is to be changed`,
    hint: () => "Send the etag that GET has answered, or * to write over whatever is there",
  },
  "api.changed": {
    exit: 4,
    http: 412,
    message: (p) => `${p.what} was changed meanwhile`,
    hint: () => "Look at what is there now, and send its etag",
  },
  "api.consoles": {
    exit: 4,
    http: 503,
    message: (p) => `There are ${p.count} consoles open already`,
    hint: () => "Close one, or ask another node",
  },
  "api.uploads": {
    exit: 4,
    http: 503,
    message: (p) => `There are ${p.count} uploads under way already`,
    hint: () => "Wait for one of them, or ask another node",
  },
  "api.unsure": {
    exit: 6,
    http: 503,
    message: () => "Who may do what is not known now",
  },
  "api.session": {
    exit: 5,
    http: 401,
    message: (p) => String(p.why),
    hint: () => "Log in again",
  },
  "api.login": {
    exit: 5,
    http: 401,
    message: () => "User or password is wrong",
    hint: () => "The account is one of the node that is asked, or of its directory service",
  },
  "api.login-account": {
    exit: 5,
    http: 403,
    message: (p) => `The account ${p.user} may not be used now: ${p.why}`,
    hint: () => "Log in to the node itself, or ask who keeps its accounts",
  },
  "api.login-role": {
    exit: 5,
    http: 403,
    message: (p) => `${p.user} is in none of the groups ${p.groups}`,
    hint: (p) => `As root on the node: usermod -aG GROUP ${p.user}`,
  },
  "api.login-locked": {
    exit: 5,
    http: 429,
    message: () => "Too many logins have failed, of this user or from this address",
    hint: (p) => `Wait for ${p.seconds} s`,
  },
  "api.login-busy": {
    exit: 6,
    http: 503,
    message: () => "Too many logins are looked at now",
    hint: () => "Try again in a few seconds",
  },
  "api.login-unable": {
    exit: 6,
    http: 503,
    message: () => "Passwords cannot be looked at on this node now",
    hint: () => "Its journal says why (journalctl -u haven); tokens are valid all the same (docs/login.md)",
  },
  "api.sessions": {
    exit: 4,
    http: 503,
    message: (p) => `There are ${p.count} sessions already`,
    hint: () => "Log in on another node, or log out elsewhere",
  },
  "api.csrf": {
    exit: 5,
    http: 403,
    message: (p) => String(p.why),
    hint: () => "Send the header haven-csrf with what the login has answered, or use a token",
  },
  // the command line, to a cluster's API
  "remote.unreachable": {
    exit: 6,
    http: 503,
    message: (p) => `No answer from ${p.url}: ${p.why}`,
    hint: () => "Is it a node of the cluster, and does its daemon run? systemctl status haven",
  },
  "remote.untrusted": {
    exit: 5,
    http: 502,
    message: (p) => `${p.url} cannot be trusted: ${p.why}`,
    hint: () =>
      "Give the authority of the cluster, /etc/haven/tls/ca.pem of a node: haven login URL --ca FILE",
  },
  "remote.answer": {
    exit: 1,
    http: 502,
    message: (p) => `The answer of ${p.url} cannot be read: ${p.what}`,
    hint: () => "It may be of another version of Haven: haven version, on both sides",
  },
  "remote.refused": {
    exit: 1,
    http: 502,
    message: (p) => String(p.message),
  },
  "remote.login": {
    exit: 5,
    http: 401,
    message: (p) => String(p.why),
    hint: (p) => `haven login ${p.name}`,
  },
  "remote.only-here": {
    exit: 2,
    http: 400,
    message: (p) => `haven ${p.command} only runs on a node of the cluster, not through its API`,
    hint: (p) =>
      p.fromEnvironment === true
        ? "On a node: without HAVEN_CLUSTER in the environment"
        : "On a node: without --cluster",
  },
  "remote.file": {
    exit: 5,
    http: 500,
    message: (p) => `${p.path} ${p.why}`,
    hint: (p) => String(p.hint),
  },
  // other nodes' daemons
  "peer.silent": {
    exit: 6,
    http: 503,
    message: (p) => `The daemon of ${p.node} could not be asked: ${p.why}`,
    hint: (p) => `Look at it there: systemctl status haven; and whether ${p.node} is on: haven node list`,
  },
  "peer.refused": {
    exit: 5,
    http: 502,
    message: (p) => `The daemon of ${p.node} refuses: ${p.why}`,
  },
  "history.unusable": {
    exit: 1,
    http: 500,
    message: (p) => `The history of definitions in ${p.path} cannot be used: ${p.why}`,
    hint: () => "Look at the room on its disk and the owner of its folder; the VMs do not depend on it",
  },
  "events.unusable": {
    exit: 1,
    http: 500,
    message: (p) => `The history of events in ${p.path} cannot be used: ${p.why}`,
    hint: () => "Look at the room on its disk and the owner of its folder; the VMs do not depend on it",
  },
  // notify
  "notify.secret": {
    exit: 4,
    http: 409,
    message: (p) => `The file ${p.path} ${p.why}`,
    hint: (p) =>
      String(p.hint ?? `It holds the secret alone, on every node, for root only: chmod 600 ${p.path}`),
  },
  "notify.authorities": {
    exit: 4,
    http: 409,
    message: (p) => `The file ${p.path} of certificates ${p.why}`,
    hint: () => "It has to be on every node, in PEM",
  },
  "notify.nothing": {
    exit: 4,
    http: 409,
    message: (p) => `Nobody would be told: ${p.why}`,
    hint: () => "Say whom in the settings (docs/mail.md): haven settings edit",
  },
} as const satisfies Record<string, ErrorKind>;

/** One problem by itself, several in a list. */
function problemsText(p: Payload): string {
  const problems = Array.isArray(p.problems) ? p.problems : [];
  if (problems.length === 1) return String(problems[0]);
  return [`${problems.length} problems, nothing was changed`, ...problems.map((line) => `  ${line}`)].join(
    "\n",
  );
}

function bullets(lines: Payload[string]): string {
  return Array.isArray(lines) ? `:${lines.map((line) => `\n  - ${line}`).join("")}` : "";
}

export type ErrorCode = keyof typeof kinds;

/** What another Haven has said of an error, in its own words. */
export interface Told {
  readonly message: string;
  readonly hint: string | undefined;
}

/** An error a user may see: a code of the catalogue, and what its message is made of. */
export class HavenError extends Error {
  override readonly name = "HavenError";
  readonly code: ErrorCode;
  readonly payload: Payload;
  readonly #told: Told | undefined;

  constructor(code: ErrorCode, payload: Payload = {}, options: ErrorOptions & { readonly told?: Told } = {}) {
    super(options.told?.message ?? kinds[code].message(payload), options);
    this.code = code;
    this.payload = payload;
    this.#told = options.told;
  }

  get exit(): number {
    return kinds[this.code].exit;
  }

  get http(): number {
    return kinds[this.code].http;
  }

  /** What to do next, where the catalogue knows it. */
  get hint(): string | undefined {
    if (this.#told !== undefined) return this.#told.hint;
    const kind: ErrorKind = kinds[this.code];
    return kind.hint?.(this.payload);
  }
}

/** True for a HavenError, of that code where one is given. */
export function isHavenError(error: unknown, code?: ErrorCode): error is HavenError {
  return error instanceof HavenError && (code === undefined || error.code === code);
}

/** All codes of the catalogue, for documentation and tests. */
export const errorCodes: readonly ErrorCode[] = Object.keys(kinds) as ErrorCode[];

/** Whether a word is a code of the catalogue. */
export function isErrorCode(word: string): word is ErrorCode {
  return Object.hasOwn(kinds, word);
}

/** The chain of an error and its causes, outermost first; at most 10 links. */
export function errorChain(error: unknown): readonly unknown[] {
  const chain: unknown[] = [];
  for (let link = error; link !== undefined && link !== null && chain.length < 10; ) {
    chain.push(link);
    link = link instanceof Error ? link.cause : undefined;
  }
  return chain;
}

/** The lines a person reads: message, causes, what to do next. No trailing newline. */
export function printError(error: unknown): string {
  const lines: string[] = [];
  let hint: string | undefined;
  for (const link of errorChain(error)) {
    const text = link instanceof Error ? link.message : String(link);
    lines.push(lines.length === 0 ? text : `  because: ${text}`);
    if (link instanceof HavenError) hint ??= link.hint;
  }
  if (hint !== undefined) lines.push(`  next: ${hint}`);
  return lines.join("\n");
}
