import type { Revision } from '@taffrail/platform/brand';
import { isBehind } from '@taffrail/state/list-order';
import type { Selection } from '@taffrail/state/selection';
import type { Listed } from '../encoding/readable.ts';
import type { ContinueToken } from './continue-token.ts';
import type { Page } from './read-view.ts';
import { isSelected, selectsAll } from './selection.ts';

/** Which page of a collection is wanted. */
export interface Cut {
  readonly revision: Revision;
  /** 0 for no limit. */
  readonly limit: number;
  readonly from: ContinueToken | undefined;
  readonly selection: Selection;
}

/** One page of objects that are all at hand, in key order. */
export function cut(all: readonly Listed[], { revision, limit, from, selection }: Cut): Page {
  const start = from === undefined ? 0 : firstAfter(all, from);
  const everything = selectsAll(selection);
  if (everything && start === 0 && (limit === 0 || all.length <= limit)) {
    return { revision, items: all, next: undefined, remaining: undefined };
  }
  const items: Listed[] = [];
  for (let index = start; index < all.length; index++) {
    const object = all[index];
    if (object === undefined || !(everything || isSelected(selection, object))) continue;
    if (limit > 0 && items.length === limit) {
      return {
        revision,
        items,
        next: tokenAfter(revision, items),
        remaining: everything ? all.length - index : undefined,
      };
    }
    items.push(object);
  }
  return { revision, items, next: undefined, remaining: undefined };
}

/** Where a list goes on behind what was listed; undefined behind nothing. */
export function tokenAfter(revision: Revision, items: readonly Listed[]): ContinueToken | undefined {
  const last = items.at(-1);
  return last === undefined ? undefined : { revision, namespace: last.key.namespace, name: last.key.name };
}

/** Index of the first object behind a key. */
function firstAfter(all: readonly Listed[], token: ContinueToken): number {
  let low = 0;
  let high = all.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const key = all[middle]?.key;
    if (key !== undefined && isBehind(key, token)) high = middle;
    else low = middle + 1;
  }
  return low;
}
