import type { Revision, Sequence, Uid } from '@taffrail/platform/brand';
import type { CommitTail } from '@taffrail/log/commit-tail';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import type { Command, RequestContext, TransactionCommand } from './command.ts';
import type { Outcome } from './outcome.ts';
import type { ChangeListener, Subscription } from './ring.ts';
import type { StoredObject } from './stored-object.ts';

export type { Change } from './change.ts';
export type { Accepted, AcceptedItem, AcceptedObject, Outcome } from './outcome.ts';
export type { Subscription } from './ring.ts';

/** How far a revision space has come and what it holds in memory. */
export interface SpaceFigures {
  readonly log: string;
  readonly sequence: Sequence;
  readonly objectsCount: number;
  readonly objectsBytes: number;
}

/**
 * The state machine in front of the logs: decides commands in order, commits them in groups, and shows committed state only.
 * Every write of the product goes through `submit`; there is no other way into a log.
 */
export interface StateMachine {
  /** Resolves when the command is durable or refused. Throws OperatingError (`unavailable`, `storage-full`) when the log cannot take it. */
  submit(command: Command | TransactionCommand, request: RequestContext, signal?: AbortSignal): Promise<Outcome>;
  get(definition: ResourceDefinition, namespace: string, name: string): StoredObject | undefined;
  /** Committed objects in key order; all namespaces when `namespace` is undefined. Safe against later commits. */
  list(definition: ResourceDefinition, namespace: string | undefined): readonly StoredObject[];
  /** Head of the revision space this resource lives in; end of its last commit. Never 0. */
  revision(definition: ResourceDefinition): Revision;
  /** Whether what reads show of the resource is known to be the newest, so that `confirm` has nothing to wait for. */
  isNewest(definition: ResourceDefinition): boolean;
  /**
   * Resolves when what reads show of the resource is no older than this call: at once where nobody else writes, else after
   * one question to the log for all who ask. Throws OperatingError `unavailable`, `timeout`.
   */
  confirm(definition: ResourceDefinition, signal?: AbortSignal): Promise<void>;
  /** Resolves once the resource's revision space has reached `at`; rejects with OperatingError `timeout`. */
  waitFor(definition: ResourceDefinition, at: Revision, signal?: AbortSignal): Promise<void>;
  /**
   * Calls `onChanges` with each commit's changes of the resource, in order, from the first after `after`.
   * Returns undefined when `after` lies before what memory holds (ask the read model, or answer 410).
   * `onProgress` runs after every commit of the space, matching or not, with its end revision.
   * What memory holds already is handed over before this returns. Listeners must neither block nor throw.
   */
  subscribe(definition: ResourceDefinition, after: Revision, listener: ChangeListener): Subscription | undefined;
  /**
   * First revision from which the resource's history is whole: what lies before it has been cut off and is gone (410).
   * Undefined for resources of which only the last value is kept.
   */
  oldest(definition: ResourceDefinition): Revision | undefined;
  /** The logs behind the state, read once for all who follow them in this process. */
  readonly commits: { readonly LOG: Pick<CommitTail, 'follow'>; readonly EVENTS: Pick<CommitTail, 'follow'> };
  /** The revision spaces as they stand (metrics). */
  spaces(): readonly SpaceFigures[];
  /** The caller's writes wait in line: how many and how many bytes (metrics). */
  queueDepth(): { readonly commands: number; readonly bytes: number };
  /**
   * The first revision of the segment this resource's log is written to. What a client read before it may be of a future
   * that a restore has taken back: it must list again once.
   */
  opening(definition: ResourceDefinition): Revision;
  /**
   * Commits the deletion of every window object (core/v1 Event) whose last change is older than `beforeMs`, in pieces.
   * Resolves with how many there were.
   */
  expireWindow(beforeMs: number, signal?: AbortSignal): Promise<number>;
  /**
   * Cuts off the window's commits from before `beforeMs` that no live object rests on any more, up to `projected` at most
   * (what the projection has not read yet stays). Resolves with the first sequence that is left.
   */
  trimWindow(beforeMs: number, projected: Sequence, signal?: AbortSignal): Promise<Sequence>;
  /** Resolves when the keys of these purged objects are destroyed. Rejects with the signal's reason. */
  whenErased(uids: Iterable<Uid>, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
