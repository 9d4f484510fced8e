import type { KubeObject } from '@taffrail/resources/object';
import type { ResourceName } from './api-client.ts';
import type { ControllerCommand } from './command.ts';

/** A key of a work queue: the object a plan is about. Namespace '' is cluster scope. */
export interface WorkKey {
  readonly namespace: string;
  readonly name: string;
}

/** What a controller follows: a resource, and which of its own keys a change of an object there touches. */
export interface Follow {
  readonly resource: ResourceName;
  /** Keys to plan again after `object` changed (it was `previous` before; undefined for a new one). Pure. */
  keys(object: KubeObject, previous: KubeObject | undefined, view: View): readonly WorkKey[];
}

/** Indexed objects at a known revision. Objects are shared and readonly. */
export interface View {
  get<T = KubeObject>(resource: ResourceName, namespace: string, name: string): T | undefined;
  /** All objects of a resource, of one namespace when given, in key order. */
  list<T = KubeObject>(resource: ResourceName, namespace?: string): readonly T[];
  /** Objects whose ownerReferences name `uid`. */
  ownedBy<T = KubeObject>(resource: ResourceName, uid: string): readonly T[];
  /** Objects under a value of an index the controller declared. */
  indexed<T = KubeObject>(resource: ResourceName, index: string, value: string): readonly T[];
}

/** What a plan may know beside the view. */
export interface PlanContext {
  readonly nowMs: number;
}

/** An index over one resource: name and the values an object stands under. */
export interface ViewIndex {
  readonly resource: ResourceName;
  readonly name: string;
  values(object: KubeObject): readonly string[];
}

/**
 * A level-based controller: `plan` compares what should be with what is and answers with commands. It is pure:
 * the same view, key and context give the same commands, and what triggered it is not told to it.
 */
export interface Controller {
  readonly name: string;
  readonly follows: readonly Follow[];
  readonly indexes?: readonly ViewIndex[];
  plan(view: View, key: WorkKey, context: PlanContext): readonly ControllerCommand[];
}
