import { asObject } from '@taffrail/controller/as-object';
import type { ControllerCommand } from '@taffrail/controller/command';
import type { Controller, View, WorkKey } from '@taffrail/controller/controller';
import { parseRevision } from '@taffrail/platform/brand';
import { rfc3339Seconds } from '@taffrail/platform/clock';
import type { Condition, ServiceCIDR } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';
import { IP_ADDRESSES, SERVICE_CIDRS } from '../resource-names.ts';
import { ownKey, protect } from '../volume-protection/protection.ts';
import { cidrsOf, holdsAddress, holdsRange, rangesOf } from './ranges.ts';

const PROTECTION = { resource: SERVICE_CIDRS, finalizer: 'networking.k8s.io/service-cidr-finalizer' };
const CATCH_UP_MS = 1000;

type Said = Pick<Condition, 'status' | 'reason' | 'message'>;

const READY: Said = { status: 'True', reason: '', message: 'Kubernetes Service CIDR is ready' };
const IN_USE: Said = {
  status: 'False',
  reason: 'Terminating',
  message: 'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR',
};

/** Says that a range of cluster IPs is ready, and keeps one that is to go for as long as an address in it is given out. */
export const serviceCidrController: Controller = Object.freeze<Controller>({
  name: 'service-cidr-controller',
  follows: [
    {
      resource: SERVICE_CIDRS,
      // What comes may hold what another one held alone, and let it go.
      keys: (object, _previous, view) => [...ownKey(object), ...overlapping(object as unknown as ServiceCIDR, view)],
    },
    {
      resource: IP_ADDRESSES,
      keys: ({ metadata }, _previous, view) =>
        isManaged(metadata) ? rangesOf(view, metadata.name ?? '').map(keyOf) : [],
    },
  ],
  plan(view, key, { nowMs }) {
    const object = view.get(SERVICE_CIDRS, '', key.name);
    if (object === undefined) return [];
    const range = object as unknown as ServiceCIDR;
    if (object.metadata.deletionTimestamp === undefined) {
      const guarded = protect(PROTECTION, object, () => true);
      return guarded.length > 0 ? guarded : said(range, READY, nowMs);
    }
    // Since it was marked nothing more is given out of it; what was before must be in view.
    const at = parseRevision(object.metadata.resourceVersion ?? '');
    if (at !== undefined && view.revision(IP_ADDRESSES) < at) return [{ type: 'requeue', afterMs: CATCH_UP_MS }];
    return isNeeded(range, view) ? said(range, IN_USE, nowMs) : protect(PROTECTION, object, () => false);
  },
});

/** Whether an address would be in no range any more without this one. */
function isNeeded(range: ServiceCIDR, view: View): boolean {
  const others = view.list<ServiceCIDR>(SERVICE_CIDRS).filter(({ metadata }) => metadata.name !== range.metadata.name);
  const isHeld = (cidr: string): boolean =>
    others.some((other) => cidrsOf(other).some((outer) => holdsRange(outer, cidr)));
  if (cidrsOf(range).every(isHeld)) return false;
  return view.list(IP_ADDRESSES).some(({ metadata }) => {
    const { name: address = '' } = metadata;
    if (!isManaged(metadata) || !cidrsOf(range).some((cidr) => holdsAddress(cidr, address))) return false;
    return rangesOf(view, address).length === 1;
  });
}

/** Sets the condition Ready when it says something else; other conditions stay. */
function said(range: ServiceCIDR, { status, reason, message }: Said, nowMs: number): readonly ControllerCommand[] {
  const conditions = range.status?.conditions ?? [];
  const present = conditions.find(({ type }) => type === 'Ready');
  if (present?.status === status && (present.reason ?? '') === reason) return [];
  const condition = { type: 'Ready', status, reason, message, lastTransitionTime: rfc3339Seconds(nowMs) };
  const others = conditions.filter((one) => one !== present);
  const object = asObject({ ...range, status: { ...range.status, conditions: [...others, condition] } } as ServiceCIDR);
  return [{ type: 'update', resource: SERVICE_CIDRS, subresource: 'status', object }];
}

function overlapping(range: ServiceCIDR, view: View): readonly WorkKey[] {
  const overlaps = (cidr: string): boolean =>
    cidrsOf(range).some((own) => holdsRange(own, cidr) || holdsRange(cidr, own));
  return view
    .list<ServiceCIDR>(SERVICE_CIDRS)
    .filter((other) => other.metadata.name !== range.metadata.name && cidrsOf(other).some(overlaps))
    .map(keyOf);
}

function keyOf({ metadata }: Pick<ServiceCIDR, 'metadata'>): WorkKey {
  return { namespace: '', name: metadata.name ?? '' };
}

/** Whether the address was given out by the API server. */
function isManaged({ labels }: KubeObject['metadata']): boolean {
  return labels?.['ipaddress.kubernetes.io/managed-by'] === 'ipallocator.k8s.io';
}
