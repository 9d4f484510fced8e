import type { FieldError } from '../../field-error.ts';
import { qualifiedName } from '../../syntax/labels.ts';
import { parseQuantity, type Quantity } from '../../syntax/quantity.ts';
import { invalid, invalids, notSupported, type Path } from '../field.ts';

const CONTAINER_RESOURCES: ReadonlySet<string> = new Set(['cpu', 'memory', 'ephemeral-storage']);
/** Counted things: half of one makes no sense. */
const COUNTED: ReadonlySet<string> = new Set([
  'pods',
  'resourcequotas',
  'services',
  'replicationcontrollers',
  'secrets',
  'configmaps',
  'persistentvolumeclaims',
  'services.nodeports',
  'services.loadbalancers',
]);
/** Unprefixed names Kubernetes knows besides those of containers: they belong to claims and quotas. */
const OTHER_STANDARD: ReadonlySet<string> = new Set([
  ...COUNTED,
  'storage',
  'requests.cpu',
  'requests.memory',
  'requests.storage',
  'requests.ephemeral-storage',
  'limits.cpu',
  'limits.memory',
  'limits.ephemeral-storage',
]);
const HUGE_PAGES = 'hugepages-';
const OF_PODS: readonly string[] = ['cpu', HUGE_PAGES, 'memory'];
const REQUESTS = 'requests.';
const NANOS_PER_UNIT = 1_000_000_000n;

function isNative(name: string): boolean {
  return !name.includes('/') || name.includes('kubernetes.io/');
}

export function isHugePages(name: string): boolean {
  return name.startsWith(HUGE_PAGES);
}

/** A resource a device plugin announces; its count is whole and cannot be overcommitted. */
export function isExtendedResource(name: string): boolean {
  return !isNative(name) && !name.startsWith(REQUESTS) && qualifiedName(`${REQUESTS}${name}`).length === 0;
}

/** Whether only whole numbers of a resource make sense. */
export function isCountedWhole(name: string): boolean {
  return COUNTED.has(name) || isExtendedResource(name);
}

/** Whether more of a resource may be promised than there is, so that a request may be below its limit. */
export function isOvercommitable(name: string): boolean {
  return isNative(name) && !isHugePages(name);
}

function isStandard(name: string): boolean {
  return (
    CONTAINER_RESOURCES.has(name) ||
    OTHER_STANDARD.has(name) ||
    isHugePages(name) ||
    name.startsWith(`${REQUESTS}${HUGE_PAGES}`)
  );
}

/** The name of a resource of whatever kind. */
export function validateResourceName(name: string, path: Path): readonly FieldError[] {
  const faults = qualifiedName(name);
  if (faults.length > 0) return invalids(path, name, faults);
  if (name.includes('/') || isStandard(name)) return [];
  return [invalid(path, name, 'must be a standard resource type or fully qualified')];
}

/** The name of a resource a container may ask for. */
export function validateContainerResourceName(name: string, path: Path): readonly FieldError[] {
  if (CONTAINER_RESOURCES.has(name)) return [];
  const errors = validateResourceName(name, path);
  if (!name.includes('/')) {
    if (isHugePages(name)) return errors;
    return [...errors, invalid(path, name, 'must be a standard resource for containers')];
  }
  if (isNative(name) || isExtendedResource(name)) return errors;
  return [...errors, invalid(path, name, "doesn't follow extended resource name standard")];
}

/** The name of a resource that may be asked for a pod as a whole. */
export function validatePodResourceName(name: string, path: Path): readonly FieldError[] {
  const errors = validateResourceName(name, path);
  if (errors.length > 0) return errors;
  return name === 'cpu' || name === 'memory' || isHugePages(name) ? [] : [notSupported(path, name, OF_PODS)];
}

/** Whether an amount of huge pages is a number of them. */
export function dividesIntoPages(name: string, quantity: Quantity): boolean {
  const page = parseQuantity(name.slice(HUGE_PAGES.length));
  return (
    page !== undefined &&
    page.nanos > 0n &&
    page.nanos % NANOS_PER_UNIT === 0n &&
    (quantity.nanos / NANOS_PER_UNIT) % (page.nanos / NANOS_PER_UNIT) === 0n
  );
}
