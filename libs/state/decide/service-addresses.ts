import { isIPv4 } from 'node:net';
import { newUid, type Random } from '@taffrail/platform/random';
import type { JsonObject } from '@taffrail/resources/json';
import type { DecisionContext } from '../command.ts';
import type { LiveObject } from '../live-object.ts';
import { randomOf } from '../seed.ts';
import type { StateView } from '../state-view.ts';
import type { Draft } from './decision.ts';
import { deleteObject } from './delete-object.ts';
import { draftOf } from './drafting.ts';
import { fillSystemMetadata, metadataOf, objectOf, textOf, type WorkingObject } from './metadata.ts';
import type { DecideState } from './state.ts';
import { SYSTEM_ACTOR } from './system-actor.ts';

const IP_ADDRESSES = { group: 'networking.k8s.io', resource: 'ipaddresses' } as const;
const REQUEST = { verb: 'system', subresource: '' } as const;

/** Whether an IPAddress stands for an address, whoever made it. */
export function hasIpAddress(view: StateView, address: string): boolean {
  return view.get(IP_ADDRESSES, '', address) !== undefined;
}

/**
 * What changes of Services make of IPAddresses, in the same transaction: one for each cluster IP that is taken, none for one
 * that is given up. So at every revision the two say the same, and nothing has to be cleaned up after a crash.
 *
 * A Service from before there were IPAddresses gets its own from a controller; what is missing is not made here, so that
 * an update of anything else remains one change.
 */
export function serviceAddresses(
  state: DecideState,
  services: readonly Draft[],
  context: DecisionContext,
  random: Random = randomOf(context.seed),
): readonly Draft[] {
  const definition = state.settings.resources.find(IP_ADDRESSES);
  if (definition === undefined) return [];
  const acting = { ...context, actor: SYSTEM_ACTOR };
  const target = { definition, namespace: '', subresource: '' };
  return services.flatMap((service, becauseOf) => {
    if (service.key.group !== '' || service.key.resource !== 'services') return [];
    const before = service.previous === undefined ? [] : clusterIps(service.previous.contents());
    const after = service.verb === 'deleted' ? [] : clusterIps(service.contents);
    const given = before
      .filter((address) => !after.includes(address))
      .flatMap((address) => {
        const present = state.own.get(IP_ADDRESSES, '', address);
        if (present === undefined || !isOf(present, service)) return [];
        return deleteObject({ ...target, name: address }, present, {}, acting, REQUEST).drafts;
      });
    const taken = after
      .filter((address) => !before.includes(address) && !hasIpAddress(state.own, address))
      .map((address) => {
        const object = ipAddressOf(address, service);
        const fill = { namespace: '', name: address, uid: newUid(random), nowMs: context.nowMs };
        fillSystemMetadata(metadataOf(object), fill);
        definition.rules.prepareForCreate(object);
        return draftOf('created', definition, object, undefined, acting, REQUEST);
      });
    return [...given, ...taken].map((draft): Draft => ({ ...draft, becauseOf }));
  });
}

function ipAddressOf(address: string, { key }: Draft): WorkingObject {
  const labels = {
    'ipaddress.kubernetes.io/ip-family': isIPv4(address) ? 'IPv4' : 'IPv6',
    'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
  };
  const parentRef = { resource: 'services', namespace: key.namespace, name: key.name };
  return { metadata: { labels }, spec: { parentRef } };
}

/** Whether an IPAddress names the Service; somebody else's is left alone. */
function isOf(address: LiveObject, { key }: Draft): boolean {
  const parent = objectOf(objectOf(address.contents(), 'spec'), 'parentRef');
  return (
    textOf(parent, 'group') === '' &&
    textOf(parent, 'resource') === 'services' &&
    textOf(parent, 'namespace') === key.namespace &&
    textOf(parent, 'name') === key.name
  );
}

function clusterIps(service: JsonObject): readonly string[] {
  const addresses = objectOf(service, 'spec')?.['clusterIPs'];
  if (!Array.isArray(addresses)) return [];
  return (addresses as readonly string[]).filter((address) => address !== '' && address !== 'None');
}
