import type { Revision, Sequence, Uid } from '@taffrail/platform/brand';
import type { LogEvent } from '@taffrail/log/event';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import type { ObjectKey } from '@taffrail/resources/object';

/** A live object as the projection keeps it. */
export interface ProjectedObject {
  readonly key: ObjectKey;
  readonly version: string;
  readonly uid: Uid;
  readonly revision: Revision;
  readonly createdRevision: Revision;
  /** JSON without resourceVersion, byte for byte as in the log. */
  readonly stored: Uint8Array;
}

/** How far a log has been projected. */
export interface ProjectionPosition {
  readonly log: string;
  readonly sequence: Sequence;
  /** SHA-256 (hex) of that commit's payload. */
  readonly hash: string;
  readonly timeMs: number;
}

export interface HistoryQuery {
  readonly key: ObjectKey;
  /** Newest first; up to this many. */
  readonly limit: number;
  /** Only events before this revision (paging). */
  readonly before?: Revision;
}

/** Reads of the projection. Every method throws OperatingError `unavailable` while Postgres is away. */
export interface ReadModel {
  position(log: string): Promise<ProjectionPosition | undefined>;
  /** The live objects of a log and the position they are consistent with, from one snapshot; streamed in batches. */
  liveObjects(log: string): Promise<{
    readonly position: ProjectionPosition | undefined;
    readonly batches: AsyncIterable<readonly ProjectedObject[]>;
  }>;
  history(query: HistoryQuery): Promise<readonly LogEvent[]>;
  /** Events of a resource after a revision, oldest first, for watches that start before memory. */
  eventsAfter(
    definition: ResourceDefinition,
    namespace: string | undefined,
    after: Revision,
    limit: number,
  ): Promise<readonly LogEvent[]>;
  /** A page of objects as they stood at a revision, in key order after `afterKey`. */
  objectsAt(query: {
    readonly definition: ResourceDefinition;
    readonly namespace: string | undefined;
    readonly at: Revision;
    readonly after?: { readonly namespace: string; readonly name: string };
    readonly limit: number;
  }): Promise<readonly ProjectedObject[]>;
  close(): Promise<void>;
}
