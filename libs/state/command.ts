import type { Uid } from '@taffrail/platform/brand';
import type { Actor, Cause } from '@taffrail/log/event';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import type { JsonValue } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import type { PlaceInList } from './list-order.ts';
import type { Seed } from './seed.ts';
import type { Selection } from './selection.ts';

/** Where a command is aimed. Namespace '' is cluster scope. */
export interface Target {
  readonly definition: ResourceDefinition;
  /** The version the client speaks, where it is another than `definition`, the stored one. */
  readonly served?: ResourceDefinition;
  readonly namespace: string;
  readonly name: string;
  /** '' for the resource itself, else `status`, `scale`, `binding`, `finalize`. */
  readonly subresource: string;
}

export type PatchType = 'json' | 'merge' | 'strategic' | 'apply';

export interface DeleteOptions {
  readonly gracePeriodSeconds?: number;
  readonly propagationPolicy?: 'Orphan' | 'Background' | 'Foreground';
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/** What a client may ask about one object or one collection: plain data, decided on the newest state. */
export type Command =
  /** `object` is decoded, not yet defaulted. `target.name` is '' when the name stands in the object or is generated. */
  | {
      readonly type: 'create';
      readonly target: Target;
      readonly object: KubeObject;
      /** Chosen beforehand by the server, where others of the same transaction refer to it; never a client's choice. */
      readonly uid?: Uid;
    }
  | {
      readonly type: 'update';
      readonly target: Target;
      readonly object: KubeObject;
      /** Whether it may create what is not there, of the kinds an update creates; when absent it may not and is told 404. */
      readonly creation?: Creation;
    }
  /** `patch` is the parsed patch document. `force` belongs to server-side apply. */
  | {
      readonly type: 'patch';
      readonly target: Target;
      readonly patchType: PatchType;
      readonly patch: JsonValue;
      readonly fieldValidation: FieldValidation;
      readonly force: boolean;
      /** Whether an apply may create what is not there; it may when absent. */
      readonly creation?: Creation;
    }
  | { readonly type: 'delete'; readonly target: Target; readonly options: DeleteOptions }
  | {
      readonly type: 'delete-collection';
      readonly target: Target;
      readonly selection: Selection;
      readonly options: DeleteOptions;
      /** Absent: all that is selected. */
      readonly page?: DeletedPage;
    };

/** Which of the objects that a selection takes are deleted, in the order of lists. */
export interface DeletedPage {
  /** At most so many; 0 for all. */
  readonly limit: number;
  /** Those behind this key. */
  readonly after?: PlaceInList;
}

/** Whether the caller of an update or apply may create; the `why` of a refusal is the authorizer's. */
export type Creation = { readonly allowed: true } | { readonly allowed: false; readonly why: string };

/** Several commands that happen together or not at all. */
export interface TransactionCommand {
  readonly type: 'transaction';
  /** Decided in this order, each on what those before it made. Only resources kept for ever; at least one. */
  readonly items: readonly TransactionItem[];
}

export interface TransactionItem {
  readonly command: ItemCommand;
  readonly preconditions: Preconditions;
}

/** What a transaction may be made of. */
export type ItemCommand = Exclude<Command, { readonly type: 'delete-collection' }> | ApplyCommand;

/** What `kubectl apply` does: creates the object, or changes what its configuration changed since it was applied last. */
export interface ApplyCommand {
  readonly type: 'apply';
  readonly target: Target;
  readonly object: KubeObject;
  readonly fieldValidation: FieldValidation;
}

/** What must hold of an object before its command, whatever the command is. */
export interface Preconditions {
  readonly exists?: boolean;
  /** This and the next imply that it exists. */
  readonly uid?: string;
  readonly resourceVersion?: string;
}

export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** Who asks, why, and how. */
export interface RequestContext {
  readonly actor: Actor;
  readonly cause: Cause;
  readonly dryRun: boolean;
  /** Set when the log itself acts (expiry of a window): skips admission. */
  readonly system?: boolean;
}

/** What `decide` may know beside the state: no clock, no I/O, no randomness of its own. */
export interface DecisionContext extends RequestContext {
  /** The open commit's time, epoch milliseconds. */
  readonly nowMs: number;
  /** Seeds names, uids and allocations. */
  readonly seed: Seed;
}
