import type { FieldError } from '../../field-error.ts';
import type { Container, Pod, PodExtendedResourceClaimStatus, PodSpec, PodStatus } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { parseQuantity } from '../../syntax/quantity.ts';
import { dns1123Label, dns1123Subdomain } from '../../syntax/names.ts';
import { child, duplicate, index, invalid, invalids, key, type Path, required } from '../../validation/field.ts';

/** Which claims a pod's own claims became, in every way a status tells of them. */
export function validateClaimStatuses({ spec = {}, status = {} }: Given<Pod>): readonly FieldError[] {
  const extended = status.extendedResourceClaimStatus;
  return [
    ...validateOwn(spec, status, 'status.resourceClaimStatuses'),
    ...(extended === undefined ? [] : validateExtended(extended, spec, 'status.extendedResourceClaimStatus')),
    ...validateAllocatable(spec, status, 'status.nodeAllocatableResourceClaimStatuses'),
  ];
}

function validateOwn(spec: Given<PodSpec>, status: Given<PodStatus>, path: Path): readonly FieldError[] {
  const seen = new Set<string>();
  return (status.resourceClaimStatuses ?? []).flatMap(({ name = '', resourceClaimName }, at) => {
    const here = index(path, at);
    const errors: FieldError[] = [];
    if (spec.resourceClaims?.some((claim) => claim.name === name) !== true) {
      errors.push(invalid(child(here, 'name'), name, 'must match the name of an entry in `spec.resourceClaims`'));
    }
    if (seen.has(name)) errors.push(duplicate(child(here, 'name'), name));
    seen.add(name);
    if (resourceClaimName === undefined) return errors;
    const claim = child(here, 'resourceClaimName');
    return [...errors, ...invalids(claim, resourceClaimName, dns1123Subdomain(resourceClaimName))];
  });
}

/** The claim that stands for resources of containers which a driver gives. */
function validateExtended(
  status: Given<PodExtendedResourceClaimStatus>,
  spec: Given<PodSpec>,
  path: Path,
): readonly FieldError[] {
  const { requestMappings = [], resourceClaimName = '' } = status;
  const list = child(path, 'requestMappings');
  const containers = new Map<string, Given<Container>>(
    [...(spec.initContainers ?? []), ...(spec.containers ?? [])].map((one) => [one.name ?? '', one]),
  );
  const errors: FieldError[] = [];
  if (requestMappings.length === 0) errors.push(required(list, 'at least one request mapping is required'));
  const seen = new Set<string>();
  for (const [at, mapping] of requestMappings.entries()) {
    const here = index(list, at);
    const { containerName = '', resourceName = '', requestName = '' } = mapping;
    const container = containers.get(containerName);
    if (container === undefined) {
      const detail = 'must match the name of an entry in spec.initContainers.name or spec.containers.name';
      errors.push(invalid(child(here, 'containerName'), containerName, detail));
    } else if (container.resources?.requests?.[resourceName] === undefined) {
      const detail =
        'must match the extended resource name of an entry in spec.initContainers.resources.requests or spec.containers.resources.requests';
      errors.push(invalid(child(here, 'resourceName'), resourceName, detail));
    }
    errors.push(...invalids(child(path, 'requestName'), requestName, dns1123Label(requestName)));
    const identity = [containerName, resourceName, requestName].join('\n');
    if (seen.has(identity)) {
      for (const field of ['containerName', 'resourceName', 'requestName'] as const) {
        errors.push(duplicate(child(here, field), mapping[field] ?? ''));
      }
    }
    seen.add(identity);
  }
  const claim = child(path, 'resourceClaimName');
  if (resourceClaimName === '') return [...errors, required(claim)];
  return [...errors, ...invalids(claim, resourceClaimName, dns1123Subdomain(resourceClaimName))];
}

/** Claims that take part of what a node can allocate. */
function validateAllocatable(spec: Given<PodSpec>, status: Given<PodStatus>, path: Path): readonly FieldError[] {
  return (status.nodeAllocatableResourceClaimStatuses ?? []).flatMap((one, at) => {
    const here = index(path, at);
    const { resourceClaimName = '', containers = [], resources = {} } = one;
    const claim = child(here, 'resourceClaimName');
    const errors: FieldError[] = [];
    if (resourceClaimName === '') errors.push(required(claim, 'must not be empty'));
    const claims = [...(spec.resourceClaims ?? []), ...(status.resourceClaimStatuses ?? [])];
    if (!claims.some((other) => other.resourceClaimName === resourceClaimName)) {
      errors.push(invalid(claim, resourceClaimName, 'no mapping found in pod reference'));
    }
    if (containers.length === 0) errors.push(required(child(here, 'containers'), 'must not be empty'));
    const amounts = Object.entries(resources);
    const list = child(here, 'resources');
    if (amounts.length === 0) errors.push(required(list, 'must not be empty'));
    for (const [name, text = ''] of amounts) {
      if (name.includes('/') && !name.includes('kubernetes.io/')) {
        errors.push(invalid(key(list, name), name, 'must be a node allocatable resource name'));
      }
      if ((parseQuantity(text)?.nanos ?? 0n) < 0n) errors.push(invalid(key(list, name), text, 'must be non-negative'));
    }
    return errors;
  });
}
