import { type ReactNode, useDeferredValue, useMemo } from "react";
import type { Status, Vm } from "../api/answers.ts";
import { Link } from "../app/link.tsx";
import { type Lane, laneParts } from "./lane-parts.ts";
import { memoryText } from "./memory-text.ts";
import { NodeStateLabel } from "./node-state-label.tsx";
import { QuickLabel } from "./quick-label.tsx";
import { moveHelpId, Track } from "./track.tsx";
import { useVmDrag, type VmDrag } from "./use-vm-drag.ts";

interface LanesProps {
  readonly status: Status;
  readonly vms: readonly Vm[];
}

/** So many lanes are drawn with their VMs at first, as many as a large screen shows; the others come at once behind them. */
const firstLanes = 10;

/** The nodes as lanes, each as long as the largest has memory, with the VMs drawn to theirs. */
export function Lanes({ status, vms }: LanesProps): ReactNode {
  const { lanes, nowhere } = useMemo(() => laneParts(status.nodes, vms), [status.nodes, vms]);
  const ready = new Map(status.readiness?.nodes.map((one) => [one.name, one]));
  const drag = useVmDrag();
  const hasAll = useDeferredValue(true, false);
  return (
    <div className="haven-lanes">
      <p id={moveHelpId} className="haven-small">
        Drag a VM to another node's lane to move it live, or open it and choose the node in its actions.
        Hatched is what must stay free, so that the loss of any one node is survived.
      </p>
      {lanes.map((lane, at) => (
        <NodeLane
          key={lane.node.name}
          lane={hasAll || at < firstLanes ? lane : { ...lane, blocks: [] }}
          ready={ready.get(lane.node.name)}
          drag={drag}
        />
      ))}
      {nowhere.length === 0 ? null : <Nowhere vms={nowhere} />}
    </div>
  );
}

interface NodeLaneProps {
  readonly lane: Lane;
  readonly ready: Ready | undefined;
  readonly drag: VmDrag;
}

function NodeLane({ lane, ready, drag }: NodeLaneProps): ReactNode {
  const { node, share } = lane;
  const why = drag.why(node);
  const isOpen = drag.vm !== undefined && why === undefined;
  const looks = [isOpen ? " is-open" : "", drag.over === node.name ? " is-over" : ""].join("");
  return (
    <section className="haven-lane" aria-label={`Node ${node.name}`} {...drag.lane(node)}>
      <header>
        <h2>
          <Link to={`/nodes/${encodeURIComponent(node.name)}`}>{node.name}</Link>
        </h2>
        <NodeStateLabel node={node} />
        {node.dc ? <QuickLabel isCompact>coordinates</QuickLabel> : null}
        <Readiness one={ready} />
        <Free lane={lane} />
      </header>
      <div className={`haven-drop${looks}`} style={{ inlineSize: `${share}%` }}>
        <Track
          lane={lane}
          isOff={node.state === "offline" || node.state === "unclean"}
          startDrag={drag.start}
          endDrag={drag.end}
        />
        {why === undefined ? null : <p className="haven-why">{why}</p>}
      </div>
    </section>
  );
}

function Nowhere({ vms }: { readonly vms: readonly Vm[] }): ReactNode {
  return (
    <section className="haven-lane haven-nowhere" aria-label="VMs that run nowhere">
      <header>
        <h2>Nowhere</h2>
        <span className="haven-small">
          {vms.length === 1 ? "1 VM does not run" : `${vms.length} VMs do not run`}
        </span>
      </header>
      <ul className="haven-rest">
        {vms.map((vm) => (
          <li key={vm.name}>
            <Link to={`/vms/${encodeURIComponent(vm.name)}`} className={`haven-block is-${vm.state}`}>
              {vm.name}
            </Link>
          </li>
        ))}
      </ul>
    </section>
  );
}

type Ready = NonNullable<Status["readiness"]>["nodes"][number];

function Readiness({ one }: { readonly one: Ready | undefined }): ReactNode {
  if (one === undefined) return null;
  const why = one.reasons.map(({ text }) => text).join("; ");
  const label = (
    <QuickLabel isCompact status={one.ready ? "success" : "warning"}>
      {one.ready ? "can be fenced" : "fencing not certain"}
    </QuickLabel>
  );
  if (why === "") return label;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: the reason is for the keyboard, too
    <span className="haven-tip" tabIndex={0} data-tip={why} aria-description={why}>
      {label}
    </span>
  );
}

function Free({ lane }: { readonly lane: Lane }): ReactNode {
  const { node, free, reserve, homeless } = lane;
  if (node.memory === undefined || free === undefined) return null;
  const stays = reserve === undefined ? "" : `, ${memoryText(reserve.mib)} of it must stay so`;
  return (
    <>
      <span className="haven-small">
        {memoryText(free)} of {memoryText(node.memory.capacity)} free{stays}
      </span>
      {homeless.length === 0 ? null : (
        <QuickLabel isCompact status="danger" title={homeless.join(", ")}>
          {homeless.length === 1 ? homeless[0] : `${homeless.length} VMs`} would find no room elsewhere
        </QuickLabel>
      )}
    </>
  );
}
