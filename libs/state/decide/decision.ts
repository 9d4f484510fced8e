import type { Uid } from '@taffrail/platform/brand';
import type { Actor, Cause, EventVerb, RequestKind } from '@taffrail/log/event';
import type { Rejection } from '@taffrail/machinery/rejection';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import type { KubeObject, ObjectKey } from '@taffrail/resources/object';
import type { LiveObject } from '../live-object.ts';

/** What a command comes to: a refusal, or changes that make one transaction, and what the caller is to be told. */
export type Decision = Rejection | Decided;

export interface Decided {
  readonly rejected?: never;
  /** The changes in order; none for a no-op and for a dry run. */
  readonly drafts: readonly Draft[];
  readonly answer: Answer;
  readonly warnings: readonly string[];
  readonly created: boolean;
  readonly removed: boolean;
}

/** A change that has no place in the log yet. */
export interface Draft {
  readonly verb: EventVerb;
  readonly definition: ResourceDefinition;
  readonly key: ObjectKey;
  readonly uid: Uid;
  readonly previous: LiveObject | undefined;
  /** The object after the change, without resourceVersion; nobody changes it any more. */
  readonly contents: KubeObject;
  /** Its bytes, as they will stand in the log. */
  readonly stored: Buffer;
  readonly actor: Actor;
  readonly cause: Cause;
  readonly request: RequestKind;
  /** Index of the draft of the same transaction that made this one happen; its revision becomes the cause. */
  readonly becauseOf?: number;
}

/** Which object answers a command. */
export type Answer =
  /** What a draft made, once it has its revision. `view` shows it as another kind (a Scale). */
  | { readonly type: 'draft'; readonly index: number; readonly view?: ObjectView }
  /** An object as it stands. */
  | { readonly type: 'present'; readonly object: LiveObject; readonly view?: ObjectView }
  /** What a dry run would have made: at the present object's revision, or at none. */
  | {
      readonly type: 'imagined';
      readonly contents: KubeObject;
      readonly present: LiveObject | undefined;
      readonly view?: ObjectView;
    }
  | {
      readonly type: 'collection';
      readonly items: readonly Answer[];
      /** What is left is deleted in a further transaction of the same command. */
      readonly more: boolean;
      /** What is left was not asked for: it stands behind the page. */
      readonly rest: boolean;
    }
  | { readonly type: 'transaction'; readonly items: readonly ItemAnswer[] };

/** What one item of a transaction comes to. */
export interface ItemAnswer {
  readonly answer: Answer;
  readonly result: ItemResult;
  readonly warnings: readonly string[];
}

/** `deleting`: marked, and waiting for a grace period or finalizers. */
export type ItemResult = 'created' | 'configured' | 'unchanged' | 'deleted' | 'deleting';

/** Shows an object (with resourceVersion) as another one. Pure. */
export type ObjectView = (object: KubeObject) => KubeObject;
