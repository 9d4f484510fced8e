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

export interface ObjectsQuery {
  readonly definition: ResourceDefinition;
  /** Undefined for all of them. */
  readonly namespace: string | undefined;
  /** Objects of this name only. */
  readonly name?: string;
  readonly at: Revision;
  /** Only what comes after this key (paging). */
  readonly after?: { readonly namespace: string; readonly name: string };
  readonly limit: number;
}

/** Objects in key order: `limit` of them, or fewer where the collection ends or their bodies are large. */
export interface ObjectsPage {
  readonly objects: readonly ProjectedObject[];
  /** Whether there is another page behind the last of these. */
  readonly more: boolean;
}

/** A moment of a log: the end of a commit or of a transaction, and when it was committed. */
export interface ProjectedMoment {
  readonly revision: Revision;
  readonly timeMs: number;
}

/** A change and what its object was before. */
export interface RecordedChange {
  readonly event: LogEvent;
  /** The object before the change, as stored; absent for a creation. */
  readonly before?: Uint8Array;
}

/** Which changes are wanted. An absent member selects everything. */
export interface ChangesQuery {
  readonly log: string;
  readonly group?: string;
  readonly resource?: string;
  /** '' is cluster scope. To a namespace as a whole the Namespace itself belongs. */
  readonly namespace?: string;
  readonly name?: string;
  readonly uid?: string;
  readonly user?: string;
  /** Only these resources, as `group/resource`. */
  readonly resources?: readonly string[];
  /** Only changes after this revision, and only before that one. */
  readonly after?: Revision;
  readonly before?: Revision;
  /** Newest first; up to this many. */
  readonly limit: number;
}

/** Changes in the order asked for: `limit` of them, or fewer where there are no more or their bodies are large. */
export interface ChangesPage {
  readonly changes: readonly RecordedChange[];
  /** Whether there are more behind the last of these. */
  readonly more: boolean;
}

/** The chain of causes that leads to a change: the change itself first, then what caused it, and so on. */
export interface CausesQuery {
  readonly log: string;
  readonly at: Revision;
  readonly limit: number;
}

/** The changes of LOG that name one of some revisions as their cause: of each the oldest, in the order of revisions. */
export interface ConsequencesQuery {
  readonly of: readonly Revision[];
  readonly limitEach: number;
}

/** The objects of LOG that changed after one revision and up to another. An absent member selects everything. */
export interface ChangedObjectsQuery {
  readonly group?: string;
  readonly resource?: string;
  readonly namespace?: string;
  readonly name?: string;
  /** Only these resources, as `group/resource`. */
  readonly resources?: readonly string[];
  readonly from: Revision;
  readonly to: Revision;
  /** In key order behind this one; up to `limit`. */
  readonly afterKey?: ObjectKey;
  readonly limit: number;
}

/** An object at two moments; absent where it was not there. */
export interface ChangedObject {
  readonly key: ObjectKey;
  readonly from?: ProjectedObject;
  readonly to?: ProjectedObject;
}

/** Changed objects in key order: `limit` of them, or fewer where there are no more or their bodies are large. */
export interface ChangedObjectsPage {
  readonly objects: readonly ChangedObject[];
  /** Whether there are more behind the last of these. */
  readonly more: boolean;
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
  /** A page of objects as they stood at a revision, in key order. A revision inside a transaction stands for its end. */
  objectsAt(query: ObjectsQuery): Promise<ObjectsPage>;
  /** The first commit of a log; undefined when nothing of it is projected. */
  beginning(log: string): Promise<ProjectedMoment | undefined>;
  /** The last commit of a log that is not later than a time; undefined when all are. */
  momentAtTime(log: string, timeMs: number): Promise<ProjectedMoment | undefined>;
  /** What a revision of a log stands for; undefined when it lies before the log's first commit. */
  momentAtRevision(log: string, at: Revision): Promise<ProjectedMoment | undefined>;
  changes(query: ChangesQuery): Promise<ChangesPage>;
  causes(query: CausesQuery): Promise<readonly RecordedChange[]>;
  consequences(query: ConsequencesQuery): Promise<readonly RecordedChange[]>;
  changedObjects(query: ChangedObjectsQuery): Promise<ChangedObjectsPage>;
  close(): Promise<void>;
}
