import type { FieldError } from '../../field-error.ts';
import type { ContainerImage, Node, Taint } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { cidr } from '../../syntax/ip.ts';
import { labelValue, qualifiedName } from '../../syntax/labels.ts';
import { parseQuantity } from '../../syntax/quantity.ts';
import {
  child,
  duplicate,
  forbidden,
  index,
  invalid,
  invalids,
  key,
  notSupported,
  type Path,
  required,
} from '../../validation/field.ts';
import { equal } from '../strategy.ts';

/** Where Kubernetes reports faults of taints. */
const TAINTS: Path = 'metadata.taints';
const EFFECTS: readonly string[] = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'];

export function validateNode(node: Given<Node>): readonly FieldError[] {
  return [
    ...validateTaints(node.spec?.taints ?? []),
    ...validateImages(node.status?.images ?? []),
    ...validateResources(node.status?.capacity, 'status.capacity'),
    ...validateResources(node.status?.allocatable, 'status.allocatable'),
    ...validatePodCidrs(node.spec?.podCIDRs ?? []),
  ];
}

/** An image is known by one name at least. */
function validateImages(images: readonly Given<ContainerImage>[]): readonly FieldError[] {
  return images.flatMap(({ names = [] }, at) =>
    names.length === 0 ? [required(child(index('status.images', at), 'names'))] : [],
  );
}

function validateTaints(taints: readonly Given<Taint>[]): readonly FieldError[] {
  const seen = new Set<string>();
  return taints.flatMap((taint, at) => {
    const path = index(TAINTS, at);
    const { key: name = '', value = '', effect = '' } = taint;
    const errors = [
      ...invalids(child(path, 'key'), name, qualifiedName(name)),
      ...invalids(child(path, 'value'), value, labelValue(value)),
    ];
    if (effect === '') errors.push(required(child(path, 'effect')));
    else if (!EFFECTS.includes(effect)) errors.push(notSupported(child(path, 'effect'), effect, EFFECTS));
    const identity = `${name}\n${effect}`;
    if (seen.has(identity)) {
      const shown = `core.Taint{Key:${JSON.stringify(name)}, Value:${JSON.stringify(value)}, Effect:${JSON.stringify(effect)}, TimeAdded:<nil>}`;
      errors.push({ ...duplicate(path, { goSyntax: shown }) });
    }
    seen.add(identity);
    return errors;
  });
}

function validateResources(
  list: Readonly<Record<string, string | undefined>> | undefined,
  path: Path,
): readonly FieldError[] {
  return Object.entries(list ?? {}).flatMap(([name, text = '']) => {
    const errors = [...invalids(key(path, name), name, qualifiedName(name))];
    const quantity = parseQuantity(text);
    if (quantity !== undefined && quantity.nanos < 0n) {
      errors.push(invalid(key(path, name), text, 'must be greater than or equal to 0'));
    }
    return errors;
  });
}

/** One range, or one of each family. */
function validatePodCidrs(cidrs: readonly string[]): readonly FieldError[] {
  const errors = cidrs.flatMap((one, at) => invalids(index('spec.podCIDRs', at), one, cidr(one)));
  const families = cidrs.map((one) => one.includes(':'));
  if (cidrs.length <= 1 || (cidrs.length === 2 && families[0] !== families[1])) return errors;
  return [
    ...errors,
    invalid(
      'spec.podCIDRs',
      { goSyntax: `[]string{${cidrs.map((one) => JSON.stringify(one)).join(', ')}}` },
      'may not contain more than 1 value for each IP family',
    ),
  ];
}

/** Where a node's pods live and what provides it is set once. */
export function validateNodeUpdate(next: Given<Node>, previous: Given<Node>): readonly FieldError[] {
  const errors: FieldError[] = [];
  if ((previous.spec?.podCIDRs ?? []).length > 0 && !equal(next.spec?.podCIDRs, previous.spec?.podCIDRs)) {
    errors.push(forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  }
  if ((previous.spec?.providerID ?? '') !== '' && next.spec?.providerID !== previous.spec?.providerID) {
    errors.push(forbidden('spec.providerID', 'node updates may not change providerID except from "" to valid'));
  }
  return errors;
}

export function validateNodeStatus(next: Given<Node>): readonly FieldError[] {
  const seen = new Set<string>();
  const addresses = (next.status?.addresses ?? []).flatMap((address, at) => {
    const identity = `${address.type ?? ''}\n${address.address ?? ''}`;
    if (seen.has(identity)) {
      const shown = `core.NodeAddress{Type:${JSON.stringify(address.type)}, Address:${JSON.stringify(address.address)}}`;
      return [duplicate(index('status.addresses', at), { goSyntax: shown })];
    }
    seen.add(identity);
    return [];
  });
  return [
    ...validateResources(next.status?.capacity, 'status.capacity'),
    ...validateResources(next.status?.allocatable, 'status.allocatable'),
    ...validateImages(next.status?.images ?? []),
    ...addresses,
  ];
}
