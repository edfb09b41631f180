import { Label, Tooltip } from "@patternfly/react-core";
import { memo, type ReactNode } from "react";
import type { Node, Status, Vm } from "../api/answers.ts";
import { Link } from "../app/link.tsx";
import { laneParts } from "./lane-parts.ts";
import { memoryText } from "./memory-text.ts";
import { NodeStateLabel } from "./node-state-label.tsx";

interface LanesProps {
  readonly status: Status;
  readonly vms: readonly Vm[];
}

/** The nodes as lanes, each as long as the largest has memory, with the VMs drawn to theirs. */
export function Lanes({ status, vms }: LanesProps): ReactNode {
  const { lanes, nowhere } = laneParts(status.nodes, vms);
  const ready = new Map(status.readiness?.nodes.map((one) => [one.name, one]));
  return (
    <div className="haven-lanes">
      {lanes.map(({ node, share, blocks, free }) => (
        <section key={node.name} className="haven-lane" aria-label={`Node ${node.name}`}>
          <header>
            <h2>{node.name}</h2>
            <NodeStateLabel node={node} />
            {node.dc ? <Label isCompact>coordinates</Label> : null}
            <Readiness one={ready.get(node.name)} />
            <Free node={node} free={free} />
          </header>
          <Track share={share} blocks={blocks} isOff={node.state === "offline" || node.state === "unclean"} />
        </section>
      ))}
      {nowhere.length === 0 ? null : (
        <section className="haven-lane haven-nowhere" aria-label="VMs that run nowhere">
          <header>
            <h2>Nowhere</h2>
            <span className="haven-small">
              {nowhere.length === 1 ? "1 VM does not run" : `${nowhere.length} VMs do not run`}
            </span>
          </header>
          <ul className="haven-rest">
            {nowhere.map((vm) => (
              <li key={vm.name}>
                <Link to={`/vms/${encodeURIComponent(vm.name)}`} className={`haven-block is-${vm.state}`}>
                  {vm.name}
                </Link>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

type Ready = NonNullable<Status["readiness"]>["nodes"][number];

function Readiness({ one }: { readonly one: Ready | undefined }): ReactNode {
  if (one === undefined) return null;
  const why = one.reasons.map(({ text }) => text).join("; ");
  const label = (
    <Label isCompact status={one.ready ? "success" : "warning"}>
      {one.ready ? "can be fenced" : "fencing not certain"}
    </Label>
  );
  if (why === "") return label;
  return (
    <Tooltip content={why}>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: the reason is for the keyboard, too */}
      <span tabIndex={0}>{label}</span>
    </Tooltip>
  );
}

function Free({ node, free }: { readonly node: Node; readonly free: number | undefined }): ReactNode {
  if (node.memory === undefined || free === undefined) return null;
  return (
    <span className="haven-small">
      {memoryText(free)} of {memoryText(node.memory.capacity)} free
    </span>
  );
}

interface TrackProps {
  readonly share: number;
  readonly blocks: readonly { readonly vm: Vm; readonly percent: number }[];
  readonly isOff: boolean;
}

const Track = memo(function Track({ share, blocks, isOff }: TrackProps): ReactNode {
  // A name can be read also where a VM is small, as far as there is room for all; larger ones give way.
  const least = `min(4rem, ${100 / Math.max(1, blocks.length)}%)`;
  return (
    <ul className={isOff ? "haven-track is-off" : "haven-track"} style={{ inlineSize: `${share}%` }}>
      {blocks.map(({ vm, percent }) => (
        <li key={vm.name} style={{ inlineSize: `${percent}%`, minInlineSize: least }}>
          <Link
            to={`/vms/${encodeURIComponent(vm.name)}`}
            className={`haven-block is-${vm.state}`}
            label={`${vm.name}, ${vm.state}, ${memoryText(vm.memory)}`}
          >
            <span title={`${vm.name}: ${vm.state}, ${memoryText(vm.memory)}`}>{vm.name}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
});
