import type { Revision, Uid } from '@taffrail/platform/brand';

export type EventVerb = 'created' | 'updated' | 'deleted';

/** Who asked for a change, as the API server authenticated it. */
export interface Actor {
  readonly user: string;
  readonly groups: readonly string[];
  readonly userAgent: string;
  /** Source address of the connection; '' for the server itself. */
  readonly address: string;
  readonly fieldManager: string;
  /** Who really asked, where one user acted as another (`kubectl --as`). */
  readonly impersonator?: string;
}

/** Why the actor acted. */
export interface Cause {
  /** The revision that made a controller act; absent for a request that started a chain. */
  readonly revision?: Revision;
  /** Joins everything that came of one first request. */
  readonly correlation: string;
  /** W3C `traceparent`; '' when there is none. */
  readonly traceparent: string;
}

/** What kind of request made the event. */
export interface RequestKind {
  readonly verb: 'create' | 'update' | 'patch' | 'apply' | 'delete' | 'deletecollection' | 'bind' | 'system';
  readonly subresource: string;
}

/** One change of one object, as `decide` makes it; its revision follows from its place in the log. */
export interface EventDraft {
  readonly verb: EventVerb;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: Uid;
  /** Revision of the same object's event before this one; 0 for a creation. */
  readonly previousRevision: Revision;
  /**
   * The whole object after the change as JSON bytes, without `metadata.resourceVersion`; for a deletion the last state.
   * It starts with `{"kind":…,"apiVersion":…,"metadata":{` so that the resourceVersion can be spliced in unparsed (`object-bytes.ts`).
   */
  readonly object: Uint8Array;
  readonly actor: Actor;
  readonly cause: Cause;
  readonly request: RequestKind;
  /** Index in the commit of the first and last event of this event's transaction. */
  readonly transactionStart: number;
  readonly transactionEnd: number;
}

/** An event in its place. */
export interface LogEvent extends EventDraft {
  readonly revision: Revision;
  /** The commit's time, epoch milliseconds; never decreases along the log. */
  readonly timeMs: number;
}
