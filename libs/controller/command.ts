import type { Revision } from '@taffrail/platform/brand';
import type { JsonObject } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import type { ResourceName } from './api-client.ts';

/** What a plan may ask for: data. `execute` makes no choices; every command is fenced by what the plan saw. */
export type ControllerCommand =
  | {
      readonly type: 'create';
      readonly resource: ResourceName;
      readonly object: KubeObject;
      /** Recorded once the object is created. */
      readonly event?: PlannedEvent;
    }
  /** Fenced by the resourceVersion inside the object. */
  | {
      readonly type: 'update';
      readonly resource: ResourceName;
      readonly object: KubeObject;
      readonly subresource?: string;
      /** Recorded once the update is made. */
      readonly event?: PlannedEvent;
    }
  /** A merge patch; fenced when `resourceVersion` is given. */
  | {
      readonly type: 'patch';
      readonly resource: ResourceName;
      readonly namespace: string;
      readonly name: string;
      readonly patch: JsonObject;
      readonly resourceVersion?: string;
      readonly subresource?: string;
    }
  /** Fenced by uid, and by resourceVersion when given. */
  | {
      readonly type: 'delete';
      readonly resource: ResourceName;
      readonly namespace: string;
      readonly name: string;
      readonly uid: string;
      readonly resourceVersion?: string;
      readonly options?: JsonObject;
      /** Recorded once the deletion is accepted. */
      readonly event?: PlannedEvent;
    }
  /** Deletes every object of a resource in a namespace. */
  | { readonly type: 'delete-collection'; readonly resource: ResourceName; readonly namespace: string }
  /** Records a core/v1 Event about an object (deduplicated by the runtime into a count). */
  | (PlannedEvent & { readonly type: 'event' })
  /** Asks to be planned again after a while, with nothing having changed. */
  | { readonly type: 'requeue'; readonly afterMs: number };

/** A core/v1 Event a plan wants recorded. */
export interface PlannedEvent {
  readonly about: KubeObject;
  /** The part of the object that is meant, e.g. `spec.containers{main}`. */
  readonly fieldPath?: string;
  readonly eventType: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** The view a plan was made from. */
export interface PlannedAt {
  readonly revision: Revision;
}
