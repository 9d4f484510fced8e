import type { Revision } from '@taffrail/platform/brand';
import type { Rejection } from '@taffrail/machinery/rejection';
import type { KubeObject } from '@taffrail/resources/object';
import type { ItemResult } from './decide/decision.ts';

/** What a command came to, once it is durable (or, for a dry run or a no-op, once the state it saw is). */
export type Outcome = Accepted | Rejection;

export interface Accepted {
  readonly rejected?: never;
  /**
   * The object after the command (for a deletion the last state, or the object with its deletionTimestamp; for the
   * `scale` subresource the Scale). A dry run's object has the present revision, or none (0) for a create.
   * For `delete-collection` every deleted object stands in `objects`, and this is an empty object.
   */
  readonly object: AcceptedObject;
  readonly objects?: readonly AcceptedObject[];
  /** Whether a page of a `delete-collection` left objects behind it. */
  readonly rest?: boolean;
  /** For a transaction: what each item came to, in order. `object` is empty then, and `end` its last revision. */
  readonly items?: readonly AcceptedItem[];
  /** Last revision of a transaction's events; of the committed state when it had none. */
  readonly end?: Revision;
  readonly warnings: readonly string[];
  /** A create that made the object (201), or anything else (200). */
  readonly created: boolean;
  /** For deletions: gone from the live set (true), or waiting for a grace period or finalizers (false). */
  readonly removed: boolean;
}

export interface AcceptedItem {
  readonly object: AcceptedObject;
  readonly result: ItemResult;
  readonly warnings: readonly string[];
}

export interface AcceptedObject {
  readonly revision: Revision;
  /** JSON with resourceVersion. */
  body(): Buffer;
  object(): KubeObject;
}
