import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import type { LiveObject } from '../live-object.ts';
import type { StateView } from '../state-view.ts';
import { objectOf } from './metadata.ts';
import { parseIpv4 } from './service-network.ts';

const SERVICE_CIDRS = { group: 'networking.k8s.io', resource: 'servicecidrs' } as const;

/** Addresses that may be given out, as numbers; the range's own address and its broadcast address are nobody's. */
export interface ServiceRange {
  readonly first: number;
  readonly last: number;
}

/**
 * The IPv4 ranges of every ServiceCIDR that is ready, the oldest first, so that later ones are what is used when the others
 * are full. One that is being deleted is ready no more, in the very next decision.
 */
export function serviceRanges(view: StateView): readonly ServiceRange[] {
  return view
    .list(SERVICE_CIDRS, undefined)
    .filter((one) => !one.deleting && isReady(one))
    .sort((one, other) => one.createdRevision - other.createdRevision)
    .flatMap((one) => listOf(objectOf(one.contents(), 'spec'), 'cidrs').flatMap(rangeOf));
}

export function isInRange({ first, last }: ServiceRange, address: number): boolean {
  return address >= first && address <= last;
}

/** A ServiceCIDR of which nobody said anything is ready: it must work without the controller that would say so. */
function isReady(range: LiveObject): boolean {
  const conditions = listOf(objectOf(range.contents(), 'status'), 'conditions').filter((one) => isJsonObject(one));
  const ready = conditions.find((condition) => condition['type'] === 'Ready');
  return ready === undefined || ready['status'] === 'True';
}

function rangeOf(cidr: JsonValue): readonly ServiceRange[] {
  if (typeof cidr !== 'string') return [];
  const [address = '', prefix = ''] = cidr.split('/');
  const base = parseIpv4(address);
  if (base === undefined) return [];
  const size = 2 ** (32 - Number(prefix));
  const network = base - (base % size);
  return [{ first: network + 1, last: network + size - 2 }];
}

function listOf(object: JsonObject | undefined, name: string): readonly JsonValue[] {
  const value = object?.[name];
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}
