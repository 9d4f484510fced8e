import type { Random } from '@taffrail/platform/random';
import { invalid, type Rejection } from '@taffrail/machinery/rejection';
import { isJsonObject, type JsonObject, type MutableJson, type MutableJsonObject } from '@taffrail/resources/json';
import { keyText } from '@taffrail/resources/object';
import { clusterIpClaim, nodePortClaim, type Claim } from '../claims.ts';
import type { Target } from '../command.ts';
import type { LiveObject } from '../live-object.ts';
import type { StateView } from '../state-view.ts';
import { pickFree, reservedOf } from './allocate.ts';
import { targetOf } from './drafting.ts';
import { metadataOf, objectOf, textOf, type WorkingObject } from './metadata.ts';
import { hasIpAddress } from './service-addresses.ts';
import { familyErrors } from './service-families.ts';
import { formatIpv4, parseIpv4, type ServiceNetwork } from './service-network.ts';
import { isInRange, serviceRanges } from './service-ranges.ts';
import type { DecideState } from './state.ts';

/** A Service's spec under construction. */
type Spec = MutableJsonObject;

const NONE = 'None';

/** Takes addresses and node ports for a Service, in place; rejects what is taken or out of range. */
export function allocateService(
  state: DecideState,
  target: Target,
  service: WorkingObject,
  present: LiveObject | undefined,
  random: Random,
): Rejection | undefined {
  const spec = specOf(service);
  const name = textOf(metadataOf(service), 'name');
  const own = keyText({ group: '', resource: 'services', namespace: target.namespace, name });
  const allocation: Allocation = {
    view: state.own,
    network: state.settings.network,
    random,
    owner: own,
    claimed: new Set(present?.claims),
    invalid: (field, value, why) =>
      invalid(targetOf(target, name), [
        { type: 'FieldValueInvalid', field, message: `Invalid value: ${value}: ${why}` },
      ]),
  };
  const before = present === undefined ? undefined : objectOf(present.contents(), 'spec');
  const impossible = familyErrors(spec);
  if (impossible.length > 0) return invalid(targetOf(target, name), impossible);
  return (
    allocateClusterIp(spec, allocation) ??
    allocateNodePorts(spec, allocation) ??
    allocateHealthPort(spec, before, allocation)
  );
}

interface Allocation {
  readonly view: StateView;
  readonly network: ServiceNetwork;
  readonly random: Random;
  readonly owner: string;
  /** What this Service holds already, and what it takes now. */
  readonly claimed: Set<Claim>;
  invalid(field: string, value: string, why: string): Rejection;
}

function isTaken(allocation: Allocation, claim: Claim): boolean {
  const holder = allocation.view.holder(claim);
  return (holder !== undefined && holder !== allocation.owner) || allocation.claimed.has(claim);
}

function allocateClusterIp(spec: Spec, allocation: Allocation): Rejection | undefined {
  if (!hasClusterIp(spec)) return undefined;
  const asked = textOf(spec, 'clusterIP') || firstText(spec, 'clusterIPs');
  if (asked === NONE) return undefined;
  if (asked === '') {
    const free = freeAddress(allocation);
    if (free === undefined) return exhausted('failed to allocate a serviceIP: range is full');
    spec['clusterIP'] = free;
  } else if (!allocation.claimed.has(clusterIpClaim(asked))) {
    const value = parseIpv4(asked);
    const refused = (why: string): Rejection =>
      allocation.invalid(
        'spec.clusterIPs',
        `[]string{${JSON.stringify(asked)}}`,
        `failed to allocate IP ${asked}: ${why}`,
      );
    if (value === undefined || !serviceRanges(allocation.view).some((range) => isInRange(range, value))) {
      return refused('the provided network does not match the current range');
    }
    if (isAddressTaken(allocation, asked)) return refused('provided IP is already allocated');
    spec['clusterIP'] = asked;
  }
  spec['clusterIPs'] = [textOf(spec, 'clusterIP')];
  return undefined;
}

/** A free address of the first range that has one. */
function freeAddress(allocation: Allocation): string | undefined {
  for (const { first, last } of serviceRanges(allocation.view)) {
    const range = { first, last, reserved: reservedOf(last - first + 1, 16, 16, 256) };
    const free = pickFree(range, (value) => isAddressTaken(allocation, formatIpv4(value)), allocation.random);
    if (free !== undefined) return formatIpv4(free);
  }
  return undefined;
}

/** Taken by a Service, or by whoever made an IPAddress of it. */
function isAddressTaken(allocation: Allocation, address: string): boolean {
  return isTaken(allocation, clusterIpClaim(address)) || hasIpAddress(allocation.view, address);
}

function allocateNodePorts(spec: Spec, allocation: Allocation): Rejection | undefined {
  const wanted =
    hasNodePorts(spec) && !(textOf(spec, 'type') === 'LoadBalancer' && spec['allocateLoadBalancerNodePorts'] === false);
  const ports = listOf(spec, 'ports').filter((port) => isJsonObject(port)) as MutableJsonObject[];
  /** One node port serves every protocol of the same Service port. */
  const byPort = new Map<number, number>();
  for (const [index, port] of ports.entries()) {
    const number = port['port'] as number;
    const shared = byPort.get(number);
    const own = nodePortOf(port);
    if (own === 0 && shared === undefined && !wanted) continue;
    if (own === 0 && shared !== undefined) {
      port['nodePort'] = shared;
      continue;
    }
    if (own === shared) continue;
    const asked =
      own ||
      ports
        .slice(index)
        .filter((other) => other['port'] === number)
        .map(nodePortOf)
        .find((value) => value > 0);
    const given = takeNodePort(allocation, asked, `spec.ports[${index}].nodePort`);
    if (typeof given !== 'number') return given;
    port['nodePort'] = given;
    if (shared === undefined) byPort.set(number, given);
  }
  return undefined;
}

/** Load balancers that keep traffic local ask a port of its own on each node whether there is anything to send to. */
function allocateHealthPort(spec: Spec, before: JsonObject | undefined, allocation: Allocation): Rejection | undefined {
  if (!needsHealthPort(spec)) return undefined;
  const asked = numberOf(spec, 'healthCheckNodePort') || numberOf(before ?? {}, 'healthCheckNodePort');
  const given = takeNodePort(allocation, asked === 0 ? undefined : asked, 'spec.healthCheckNodePort');
  if (typeof given !== 'number') return given;
  spec['healthCheckNodePort'] = given;
  return undefined;
}

/** The node port that was asked for, or a free one. What the Service holds already stays its own. */
function takeNodePort(allocation: Allocation, asked: number | undefined, field: string): number | Rejection {
  const { firstNodePort: first, lastNodePort: last } = allocation.network;
  if (asked === undefined) {
    const range = { first, last, reserved: reservedOf(last - first + 1, 32, 16, 128) };
    const free = pickFree(range, (value) => isTaken(allocation, nodePortClaim(value)), allocation.random);
    if (free === undefined) return exhausted('failed to allocate a nodePort: range is full');
    allocation.claimed.add(nodePortClaim(free));
    return free;
  }
  const claim = nodePortClaim(asked);
  if (allocation.view.holder(claim) === allocation.owner && allocation.claimed.has(claim)) return asked;
  if (asked < first || asked > last) {
    const range = `provided port is not in the valid range. The range of valid ports is ${first}-${last}`;
    return allocation.invalid(field, String(asked), range);
  }
  if (isTaken(allocation, claim)) return allocation.invalid(field, String(asked), 'provided port is already allocated');
  allocation.claimed.add(claim);
  return asked;
}

function exhausted(why: string): Rejection {
  return { rejected: true, reason: 'InternalError', code: 500, message: `Internal error occurred: ${why}` };
}

function specOf(service: WorkingObject): Spec {
  const spec = service['spec'];
  if (isJsonObject(spec)) return spec;
  const made: Spec = {};
  service['spec'] = made;
  return made;
}

function hasClusterIp(spec: JsonObject): boolean {
  return ['', 'ClusterIP', 'NodePort', 'LoadBalancer'].includes(textOf(spec, 'type'));
}

function hasNodePorts(spec: JsonObject): boolean {
  return ['NodePort', 'LoadBalancer'].includes(textOf(spec, 'type'));
}

function needsHealthPort(spec: JsonObject): boolean {
  return textOf(spec, 'type') === 'LoadBalancer' && textOf(spec, 'externalTrafficPolicy') === 'Local';
}

function nodePortOf(port: JsonObject): number {
  return numberOf(port, 'nodePort');
}

function numberOf(object: JsonObject, name: string): number {
  const value = object[name];
  return typeof value === 'number' ? value : 0;
}

function listOf(object: JsonObject, name: string): readonly (MutableJson | JsonObject)[] {
  const value = object[name];
  return Array.isArray(value) ? (value as readonly MutableJson[]) : [];
}

function firstText(object: JsonObject, name: string): string {
  const value = listOf(object, name)[0];
  return typeof value === 'string' ? value : '';
}
