import { parseRevision } from '@taffrail/platform/brand';
import { newUid, type Random } from '@taffrail/platform/random';
import type { KubeObject } from '@taffrail/resources/object';
import type { ResourceName, WriteCause } from './api-client.ts';

/** What is kept outside the log of everything else: revisions of these say nothing there. */
const REPORTED = new Set(['coordination.k8s.io/leases', '/events', 'events.k8s.io/events']);

/**
 * The change that an object stands at, as the cause of what is done about it. A Lease is a sign of life and has no place
 * in the history: whoever holds it has reported.
 */
export function causedBy({ group, resource }: ResourceName, { metadata }: KubeObject): WriteCause {
  const at = parseRevision(metadata.resourceVersion ?? '');
  if (at === undefined || at === 0) return {};
  return REPORTED.has(`${group}/${resource}`)
    ? { correlation: `report:${metadata.name ?? ''}:${at}` }
    : { revision: at };
}

/** The cause of what is done because time has passed: `name` says whose timer it was. A chain begins here. */
export function timerCause(name: string, random: Random): WriteCause {
  return { correlation: `timer:${name}:${newUid(random)}` };
}
