import type { Actor, Cause } from '@taffrail/log/event';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import type { JsonValue } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
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

/** What a client may ask of the state machine: plain data, decided on the newest state. */
export type Command =
  /** `object` is decoded, not yet defaulted. `target.name` is '' when the name stands in the object or is generated. */
  | { readonly type: 'create'; readonly target: Target; readonly object: KubeObject }
  | { readonly type: 'update'; readonly target: Target; readonly object: KubeObject }
  /** `patch` is the parsed patch document. `force` belongs to server-side apply. */
  | {
      readonly type: 'patch';
      readonly target: Target;
      readonly patchType: PatchType;
      readonly patch: JsonValue;
      readonly fieldValidation: FieldValidation;
      readonly force: boolean;
    }
  | { readonly type: 'delete'; readonly target: Target; readonly options: DeleteOptions }
  | {
      readonly type: 'delete-collection';
      readonly target: Target;
      readonly selection: Selection;
      readonly options: DeleteOptions;
    };

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
