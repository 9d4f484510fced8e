import type { Revision } from '@taffrail/platform/brand';
import type { KubeObject } from '@taffrail/resources/object';
import type { ResourceName } from './api-client.ts';
import type { ControllerCommand } from './command.ts';

/** A key of a work queue: the object a plan is about. Namespace '' is cluster scope. */
export interface WorkKey {
  /** Which resource (`deployments.apps`), where a controller plans objects of several. */
  readonly resource?: string;
  readonly namespace: string;
  readonly name: string;
}

/** What a controller follows: a resource, and which of its own keys a change of an object there touches. */
export interface Follow {
  readonly resource: ResourceName;
  /**
   * Whether the view need keep no more than apiVersion, kind and metadata of an object (unless another follower wants
   * all of it). Default: all of every object.
   */
  readonly part?: 'metadata' | ((object: KubeObject) => 'all' | 'metadata');
  /**
   * Keys to plan again after `object` changed (it was `previous` before; undefined for a new one; for a deletion
   * both are the last state, which the view no longer holds). Pure.
   */
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
  /** How far the view has come in a resource. */
  revision(resource: ResourceName): Revision;
  /**
   * Since when (own clock, epoch milliseconds) the view knows an object to be as it is: present at this
   * resourceVersion, or absent. Immune to other machines' clocks; starts at the first list for what was there then.
   */
  sinceMs(resource: ResourceName, namespace: string, name: string): number;
}

/** What a plan may know beside the view. */
export interface PlanContext {
  readonly nowMs: number;
  /**
   * Seeds names a plan makes up. It stays the same until a plan of the key was executed, so that a creation whose
   * answer was lost is asked for again under the same name and not made twice.
   */
  readonly seed: number;
  /** What executing the key's last plan failed with; absent after a success. */
  readonly lastFailure?: PlanFailure;
}

/** Why a plan could not be executed to its end. */
export interface PlanFailure {
  readonly command: 'create' | 'update' | 'patch' | 'delete' | 'delete-collection';
  readonly resource: ResourceName;
  /** Status reason of the API's answer; '' when no server answered. */
  readonly reason: string;
  readonly message: string;
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
