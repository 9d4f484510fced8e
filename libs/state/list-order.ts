import type { LiveObject } from './live-object.ts';

/** What decides where an object stands in a list: namespace, then name. */
export interface PlaceInList {
  readonly namespace: string;
  readonly name: string;
}

export function inKeyOrder({ key: left }: LiveObject, { key: right }: LiveObject): number {
  if (isBehind(left, right)) return 1;
  return isBehind(right, left) ? -1 : 0;
}

export function isBehind(one: PlaceInList, other: PlaceInList): boolean {
  return one.namespace === other.namespace ? one.name > other.name : one.namespace > other.namespace;
}
