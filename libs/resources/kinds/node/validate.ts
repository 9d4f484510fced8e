import type { FieldError } from '../../field-error.ts';
import type { Node, NodeAddress } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { cidr } from '../../syntax/ip.ts';
import { parseQuantity } from '../../syntax/quantity.ts';
import { child, duplicate, forbidden, index, internalError, invalid, invalids } from '../../validation/field.ts';
import { goStrings, goStructure, quoted } from '../../validation/go-syntax.ts';
import { NOT_ABOVE_ZERO } from '../../validation/phrases.ts';
import { validateAmount } from '../../validation/pod/resources.ts';
import { validateNodeAnnotations } from './annotations.ts';
import { validateConfigSource, validateConfigStatus } from './config-source.ts';
import { validateDeclaredFeatures } from './declared-features.ts';
import { validateTaints } from './taints.ts';

const CIDRS = 'spec.podCIDRs';

export function validateNode({ metadata, spec = {}, status = {} }: Given<Node>): readonly FieldError[] {
  const swap = status.nodeInfo?.swap?.capacity;
  return [
    ...validateNodeAnnotations(metadata?.annotations, 'metadata.annotations'),
    // Taints stand in the spec; Kubernetes looks for them elsewhere when it tells of one.
    ...validateTaints(spec.taints ?? [], 'metadata.taints'),
    ...validateResources({ status }),
    ...(swap === undefined || swap > 0 ? [] : [invalid('metadata.nodeSwapStatus.capacity', swap, NOT_ABOVE_ZERO)]),
    ...validateDeclaredFeatures(status.declaredFeatures ?? [], 'status.declaredFeatures'),
    ...validatePodCidrs(spec.podCIDRs ?? []),
  ];
}

/** What a node has is counted, whatever it is called. */
function validateResources({ status = {} }: Given<Node>): readonly FieldError[] {
  return (['capacity', 'allocatable'] as const).flatMap((list) =>
    Object.entries(status[list] ?? {}).flatMap(([name, text = '']) => {
      const quantity = parseQuantity(text);
      return quantity === undefined ? [] : validateAmount(name, text, quantity, child('status', list, name));
    }),
  );
}

/** One range, or one of each family. */
function validatePodCidrs(cidrs: readonly string[]): readonly FieldError[] {
  const errors = cidrs.flatMap((one, at) => invalids(index(CIDRS, at), one, cidr(one)));
  if (cidrs.length <= 1) return errors;
  const malformed = cidrs.find((one) => cidr(one).some((fault) => fault.startsWith('must be')));
  if (malformed !== undefined) {
    const why = `failed to parse cidr value:${quoted(malformed)} with error:invalid CIDR address: ${malformed}`;
    errors.push(internalError(CIDRS, `invalid PodCIDRs. failed to check with dual stack with error:${why}`));
  }
  const families = new Set(cidrs.map((one) => one.includes(':')));
  if (malformed !== undefined || families.size < 2 || cidrs.length > 2) {
    errors.push(invalid(CIDRS, goStrings(cidrs), 'may specify no more than one CIDR for each IP family'));
  }
  return [
    ...errors,
    ...cidrs.flatMap((one, at) => (cidrs.indexOf(one) < at ? [duplicate(index(CIDRS, at), one)] : [])),
  ];
}

/** What only an update can get wrong: where a node's pods live and what provides it is set once. */
export function validateNodeUpdate(next: Given<Node>, previous: Given<Node>): readonly FieldError[] {
  const [{ spec: now = {} }, { spec: before = {} }] = [next, previous];
  const errors = [...validateAddresses(next.status?.addresses ?? [])];
  const [cidrs, old] = [now.podCIDRs ?? [], before.podCIDRs ?? []];
  const changed = old.length === cidrs.length ? old.filter((one, at) => one !== cidrs[at]).length : 1;
  for (let count = 0; count < (old.length === 0 ? 0 : changed); count += 1) {
    errors.push(forbidden(CIDRS, 'node updates may not change podCIDR except from "" to valid'));
  }
  if ((before.providerID ?? '') !== '' && now.providerID !== before.providerID) {
    errors.push(forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  }
  if (now.configSource !== undefined) errors.push(...validateConfigSource(now.configSource, 'spec.configSource'));
  const config = next.status?.config;
  if (config !== undefined) errors.push(...validateConfigStatus(config, 'status.config'));
  if ((now.externalID ?? '') !== (before.externalID ?? '')) {
    errors.push(forbidden('spec.externalID', 'may not be updated'));
  }
  return errors;
}

export function validateNodeStatus(next: Given<Node>, previous: Given<Node>): readonly FieldError[] {
  return [
    ...validateNodeAnnotations(next.metadata?.annotations, 'metadata.annotations'),
    ...validateResources(next),
    ...validateNodeUpdate(next, previous),
  ];
}

function validateAddresses(addresses: readonly Given<NodeAddress>[]): readonly FieldError[] {
  const seen = new Set<string>();
  return addresses.flatMap(({ type = '', address = '' }, at) => {
    const identity = [type, address].join('\n');
    const isThere = seen.has(identity);
    seen.add(identity);
    return isThere ? [duplicate(index('status.addresses', at), goStructure({ Type: type, Address: address }))] : [];
  });
}
