/** One thing that had changed since the scheduler was asked before. */
export interface BlameCause {
  readonly code:
    | "configuration"
    | "node-lost"
    | "node-joined"
    | "node-changed"
    | "attribute"
    | "failure"
    | "quorum"
    | "time"
    | "unfinished";
  readonly text: string;
  /** The id of a resource, a node, an attribute. */
  readonly object?: string;
}

/** Who has written the configuration meanwhile, with Haven. */
export interface BlameChange {
  /** Milliseconds since 1970. */
  readonly time: number;
  /** "anna: haven vm move web1 --to node2" */
  readonly text: string;
}

/** One thing that Pacemaker decided. */
export interface BlameAction {
  /** "web1 migrates live from node1 to node2" */
  readonly text: string;
  /** Indices of its causes; none where nothing that changed accounts for it by itself. */
  readonly causes: readonly number[];
}

/** What a transition of Pacemaker's decided, and what it came of, as the files of the node say that was its coordinator. */
export interface BlameFacts {
  /** The node whose files these are. */
  readonly node: string;
  /** "pe-input-12.bz2" */
  readonly file: string;
  readonly transition: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  /** The one that it was compared with; left out where the node has none before. */
  readonly before?: { readonly file: string; readonly time: number };
  /** How many later ones were passed over that decided nothing. */
  readonly passed: number;
  readonly actions: readonly BlameAction[];
  readonly causes: readonly BlameCause[];
  /** The configuration's epochs, as `change.made` has them: those behind the first, up to the last. */
  readonly configurations: readonly string[];
  /** Whom the configuration was written by last, as Pacemaker notes it. */
  readonly writer?: string;
}

/** What `haven blame` says. */
export interface BlameReport {
  /** Undefined where no node's files could be read, and the histories alone tell. */
  readonly facts?: BlameFacts;
  /** Changes by Haven between the two. */
  readonly changes: readonly BlameChange[];
  /** Without files: what the histories tell, the oldest first. */
  readonly events: readonly { readonly time: number; readonly kind: string; readonly text: string }[];
  /** Whom could not be asked, and where to run it. */
  readonly notes: readonly string[];
}
