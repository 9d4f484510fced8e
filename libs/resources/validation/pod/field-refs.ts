import type { FieldError } from '../../field-error.ts';
import type { ObjectFieldSelector, ResourceFieldSelector } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { qualifiedName } from '../../syntax/labels.ts';
import { canonicalQuantity } from '../../syntax/quantity.ts';
import { child, invalid, invalids, notSupported, type Path, required } from '../field.ts';

/** Fields of its pod a container's environment may show. */
export const ENV_FIELDS: readonly string[] = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
];

/** Fields of its pod a volume may show. */
export const VOLUME_FIELDS: readonly string[] = [
  'metadata.annotations',
  'metadata.labels',
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
];

const RESOURCES: readonly string[] = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];
const HUGE_PAGES = /^(limits|requests)\.hugepages-/;
const BYTE_DIVISORS: readonly string[] = [
  '1',
  '1k',
  '1M',
  '1G',
  '1T',
  '1P',
  '1E',
  '1Ki',
  '1Mi',
  '1Gi',
  '1Ti',
  '1Pi',
  '1Ei',
];

/** Every field the downward API knows under `v1`; anything else is not convertible. */
const KNOWN_FIELDS = new Set([
  ...ENV_FIELDS,
  ...VOLUME_FIELDS,
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
]);
const SUBSCRIPTED = /^(metadata\.(?:annotations|labels))\['(.*)'\]$/;

/** A reference to a field of the pod; `allowed` is in the order it is listed to the user. */
export function validateFieldRef(
  ref: Given<ObjectFieldSelector>,
  allowed: readonly string[],
  path: Path,
): readonly FieldError[] {
  const { apiVersion = '', fieldPath = '' } = ref;
  if (apiVersion === '') return [required(child(path, 'apiVersion'))];
  if (fieldPath === '') return [required(child(path, 'fieldPath'))];
  if (apiVersion !== 'v1') {
    const detail = `error converting fieldPath: unsupported pod version: ${apiVersion}`;
    return [invalid(child(path, 'fieldPath'), fieldPath, detail)];
  }
  const subscripted = SUBSCRIPTED.exec(fieldPath);
  if (subscripted !== null) {
    const [, field, key = ''] = subscripted;
    return invalids(path, key, qualifiedName(field === 'metadata.annotations' ? key.toLowerCase() : key));
  }
  if (!KNOWN_FIELDS.has(fieldPath)) {
    const detail = `error converting fieldPath: field label not supported: ${fieldPath}`;
    return [invalid(child(path, 'fieldPath'), fieldPath, detail)];
  }
  return allowed.includes(fieldPath) ? [] : [notSupported(child(path, 'fieldPath'), fieldPath, allowed)];
}

/** A reference to a container's resource; a volume must name the container. */
export function validateResourceFieldRef(
  ref: Given<ResourceFieldSelector>,
  path: Path,
  inVolume: boolean,
): readonly FieldError[] {
  const { containerName = '', resource = '', divisor = '0' } = ref;
  const errors: FieldError[] = [];
  if (inVolume && containerName === '') errors.push(required(child(path, 'containerName')));
  else if (resource === '') errors.push(required(child(path, 'resource')));
  else if (!RESOURCES.includes(resource) && !HUGE_PAGES.test(resource)) {
    errors.push(notSupported(child(path, 'resource'), resource, RESOURCES));
  }
  const fault = divisorFault(resource, canonicalQuantity(divisor) ?? divisor);
  return fault === undefined ? errors : [...errors, invalid(child(path, 'divisor'), resource, fault)];
}

function divisorFault(resource: string, divisor: string): string | undefined {
  if (divisor === '0') return undefined;
  if (resource.endsWith('.cpu')) {
    return ['1m', '1'].includes(divisor)
      ? undefined
      : "only divisor's values 1m and 1 are supported with the cpu resource";
  }
  if (BYTE_DIVISORS.includes(divisor)) return undefined;
  const list = `only divisor's values ${BYTE_DIVISORS.join(', ')} are supported with the`;
  if (resource.endsWith('.memory')) return `${list} memory resource`;
  if (resource.endsWith('.ephemeral-storage')) return `${list} local ephemeral storage resource`;
  return HUGE_PAGES.test(resource) ? `${list} hugepages resource` : undefined;
}
