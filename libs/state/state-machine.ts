import type { Revision } from '@taffrail/platform/brand';
import type { EventVerb } from '@taffrail/log/event';
import type { Rejection } from '@taffrail/machinery/rejection';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import type { KubeObject, ObjectKey } from '@taffrail/resources/object';
import type { Command, RequestContext } from './command.ts';
import type { StoredObject } from './stored-object.ts';

/** What a command came to, once it is durable (or, for a dry run or a no-op, once the state it saw is). */
export type Outcome = Accepted | Rejection;

export interface Accepted {
  readonly rejected?: never;
  /**
   * The object after the command (for a deletion the last state, or the object with its deletionTimestamp).
   * For `delete-collection` every deleted object, in `objects`.
   */
  readonly object: AcceptedObject;
  readonly objects?: readonly AcceptedObject[];
  readonly warnings: readonly string[];
  /** A create that made the object (201), or anything else (200). */
  readonly created: boolean;
  /** For deletions: gone from the live set (true), or waiting for a grace period or finalizers (false). */
  readonly removed: boolean;
}

export interface AcceptedObject {
  readonly revision: Revision;
  /** JSON with resourceVersion. */
  body(): Buffer;
  object(): KubeObject;
}

/** One committed change as watchers see it. */
export interface Change {
  readonly revision: Revision;
  readonly verb: EventVerb;
  readonly key: ObjectKey;
  /** After the change; for a deletion the last state, at the deletion's revision. */
  readonly current: StoredObject;
  /** Before the change; absent for a creation. */
  readonly previous: StoredObject | undefined;
  /** When it was committed, epoch milliseconds. */
  readonly timeMs: number;
}

/**
 * The state machine in front of the logs: decides commands in order, commits them in groups, and shows committed state only.
 * Every write of the product goes through `submit`; there is no other way into a log.
 */
export interface StateMachine {
  /** Resolves when the command is durable or refused. Throws OperatingError (`unavailable`, `storage-full`) when the log cannot take it. */
  submit(command: Command, request: RequestContext, signal?: AbortSignal): Promise<Outcome>;
  get(definition: ResourceDefinition, namespace: string, name: string): StoredObject | undefined;
  /** Committed objects in key order; all namespaces when `namespace` is undefined. Safe against later commits. */
  list(definition: ResourceDefinition, namespace: string | undefined): readonly StoredObject[];
  /** Head of the revision space this resource lives in; end of its last commit. Never 0. */
  revision(definition: ResourceDefinition): Revision;
  /** Resolves once the resource's revision space has reached `at`; rejects with OperatingError `timeout`. */
  waitFor(definition: ResourceDefinition, at: Revision, signal?: AbortSignal): Promise<void>;
  /**
   * Calls `onChanges` with each commit's changes of the resource, in order, from the first after `after`.
   * Returns undefined when `after` lies before what memory holds (ask the read model, or answer 410).
   * `onProgress` runs after every commit of the space, matching or not, with its end revision.
   */
  subscribe(
    definition: ResourceDefinition,
    after: Revision,
    listener: { onChanges(changes: readonly Change[]): void; onProgress?(revision: Revision): void },
  ): Subscription | undefined;
  /** The caller's writes wait in line: how many and how many bytes (metrics). */
  queueDepth(): { readonly commands: number; readonly bytes: number };
  close(): Promise<void>;
}

export interface Subscription {
  close(): void;
}
