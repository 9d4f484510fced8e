import { limits } from '@taffrail/platform/limits';
import { unionOf } from './field-set.ts';
import { type Manager, managerId, type Managers } from './managers.ts';

/** The name Kubernetes keeps old updates under. */
const ANCIENT = 'ancient-changes';

/**
 * Keeps the number of managers that updated an object bounded: the oldest become one entry for each version they wrote.
 * Appliers are never merged; what they own decides what their next apply takes away.
 */
export function boundedManagers(managers: Managers): Managers {
  const updates = [...managers].filter(([, { operation }]) => operation === 'Update');
  let over = updates.length - limits.fieldUpdateManagersCount;
  if (over <= 0) return managers;
  const kept = new Map(managers);
  const firsts = new Map<string, readonly [string, Manager]>();
  for (const [id, manager] of updates.toSorted(([, left], [, right]) => (left.time < right.time ? -1 : 1))) {
    if (over <= 0) break;
    const first = firsts.get(manager.apiVersion);
    if (first === undefined) {
      firsts.set(manager.apiVersion, [id, manager]);
      continue;
    }
    const [firstId, oldest] = first;
    const bucket = { ...oldest, name: ANCIENT, subresource: '' };
    const bucketId = managerId(bucket);
    kept.delete(firstId);
    kept.delete(id);
    const merged: Manager = { ...bucket, time: manager.time, fields: unionOf(oldest.fields, manager.fields) };
    kept.set(bucketId, merged);
    firsts.set(manager.apiVersion, [bucketId, merged]);
    over--;
  }
  return kept;
}
