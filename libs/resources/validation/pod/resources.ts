import type { FieldError } from '../../field-error.ts';
import type { ResourceRequirements } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { qualifiedName } from '../../syntax/labels.ts';
import { compareQuantities, parseQuantity, type Quantity } from '../../syntax/quantity.ts';
import { dns1123Label } from '../../syntax/names.ts';
import { child, duplicate, forbidden, index, invalid, invalids, key, notFound, type Path, required } from '../field.ts';
import { NEGATIVE, NOT_INTEGER } from '../phrases.ts';

const CONTAINER_RESOURCES: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage']);
/** Unprefixed names Kubernetes knows besides those of containers: they belong to claims and quotas. */
const OTHER_STANDARD: ReadonlySet<string> = new Set([
  'storage',
  'pods',
  'services',
  'replicationcontrollers',
  'resourcequotas',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
]);
const HUGE_PAGES = 'hugepages-';
const NANOS_PER_UNIT = 1_000_000_000n;

function isNative(name: string): boolean {
  return !name.includes('/') || name.includes('kubernetes.io/');
}

function isHugePages(name: string): boolean {
  return name.startsWith(HUGE_PAGES);
}

/** A resource a device plugin announces; its count is whole and cannot be overcommitted. */
export function isExtendedResource(name: string): boolean {
  return !isNative(name) && !name.startsWith('requests.') && qualifiedName(`requests.${name}`).length === 0;
}

/** The name of a resource a container may ask for. */
export function validateContainerResourceName(name: string, path: Path): readonly FieldError[] {
  const faults = qualifiedName(name);
  if (faults.length > 0) return invalids(path, name, faults);
  if (!name.includes('/')) {
    if (CONTAINER_RESOURCES.has(name) || isHugePages(name)) return [];
    const errors: FieldError[] = [];
    if (!OTHER_STANDARD.has(name))
      errors.push(invalid(path, name, 'must be a standard resource type or fully qualified'));
    return [...errors, invalid(path, name, 'must be a standard resource for containers')];
  }
  return isNative(name) || isExtendedResource(name)
    ? []
    : [invalid(path, name, "doesn't follow extended resource name standard")];
}

function validateQuantity(name: string, text: string, quantity: Quantity, path: Path): readonly FieldError[] {
  const errors: FieldError[] = [];
  if (quantity.nanos < 0n) errors.push(invalid(path, text, NEGATIVE));
  if (isExtendedResource(name) && quantity.nanos % NANOS_PER_UNIT !== 0n) {
    errors.push(invalid(path, { goSyntax: text }, NOT_INTEGER));
  }
  if (isHugePages(name) && !dividesIntoPages(name, quantity)) {
    errors.push(invalid(path, text, `${text} is not positive integer multiple of ${name}`));
  }
  return errors;
}

function dividesIntoPages(name: string, quantity: Quantity): boolean {
  const page = parseQuantity(name.slice(HUGE_PAGES.length));
  return page !== undefined && page.nanos > 0n && quantity.nanos >= 0n && quantity.nanos % page.nanos === 0n;
}

/** Requests and limits of a container; quantities have been canonicalised. */
export function validateResources(
  resources: Given<ResourceRequirements>,
  claimNames: ReadonlySet<string>,
  path: Path,
): readonly FieldError[] {
  const { limits = {}, requests = {} } = resources;
  const errors: FieldError[] = [];
  for (const [list, field] of [
    [limits, 'limits'],
    [requests, 'requests'],
  ] as const) {
    for (const [name, text = ''] of Object.entries(list)) {
      const here = key(child(path, field), name);
      errors.push(...validateContainerResourceName(name, here));
      const quantity = parseQuantity(text);
      if (quantity !== undefined) errors.push(...validateQuantity(name, text, quantity, here));
    }
  }
  for (const name of Object.keys(requests))
    errors.push(...validateAgainstLimit(name, requests[name], limits[name], path));
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory')) {
    errors.push(forbidden(path, 'HugePages require cpu or memory'));
  }
  return [...errors, ...validateClaims(resources, claimNames, child(path, 'claims'))];
}

function validateAgainstLimit(
  name: string,
  requestText = '',
  limitText: string | undefined,
  path: Path,
): readonly FieldError[] {
  const overcommit = isNative(name) && !isHugePages(name);
  if (limitText === undefined) {
    const detail = 'Limit must be set for non overcommitable resources';
    return overcommit ? [] : [required(child(path, 'limits'), detail)];
  }
  const request = parseQuantity(requestText);
  const limit = parseQuantity(limitText);
  if (request === undefined || limit === undefined) return [];
  const order = compareQuantities(request, limit);
  const here = child(path, 'requests');
  if (order !== 0 && !overcommit) return [invalid(here, requestText, `must be equal to ${name} limit of ${limitText}`)];
  return order > 0 ? [invalid(here, requestText, `must be less than or equal to ${name} limit of ${limitText}`)] : [];
}

function validateClaims(
  resources: Given<ResourceRequirements>,
  claimNames: ReadonlySet<string>,
  path: Path,
): readonly FieldError[] {
  const seen = new Set<string>();
  return (resources.claims ?? []).flatMap(({ name = '', request = '' }, at) => {
    const here = index(path, at);
    if (name === '') return [required(here)];
    const errors: FieldError[] = [];
    if (request !== '') errors.push(...invalids(child(here, 'request'), request, dns1123Label(request)));
    const identity = request === '' ? name : `${name}/${request}`;
    const overlaps = [...seen].some((other) => request === '' && other.startsWith(`${name}/`));
    if (seen.has(name) || seen.has(identity) || overlaps)
      errors.push(duplicate(here, seen.has(name) ? name : identity));
    seen.add(identity);
    if (!claimNames.has(name)) {
      const known = claimNames.size === 0 ? ' which is empty' : `: ${[...claimNames].sort().join(', ')}`;
      const error = notFound(here, name);
      errors.push({
        ...error,
        message: `${error.message}: must be one of the names in pod.spec.resourceClaims${known}`,
      });
    }
    return errors;
  });
}
