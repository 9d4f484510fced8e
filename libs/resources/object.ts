import type { ObjectMeta } from './generated/types.ts';
import type { JsonObject } from './json.ts';

/** Any Kubernetes object: what every kind has in common. */
export interface KubeObject extends JsonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta & JsonObject;
}

/** An object's place: a resource, a namespace ('' for cluster scope) and a name. */
export interface ObjectKey {
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
}

/** A key as one string, for maps. `/` cannot occur inside any of its parts. */
export function keyText(key: ObjectKey): string {
  return `${key.group}/${key.resource}/${key.namespace}/${key.name}`;
}

/** `group/version`, or just the version for the core group. */
export function apiVersionOf(group: string, version: string): string {
  return group === '' ? version : `${group}/${version}`;
}
