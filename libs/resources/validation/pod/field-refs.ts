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
  // What `spec.nodeName` was once called.
  'spec.host',
  'spec.restartPolicy',
  'spec.schedulerName',
  'status.phase',
]);
/** A field and a key of it: the key begins at the first bracket. */
const SUBSCRIPTED = /^(.+?)\['(.*)'\]$/s;
const MAPS: readonly string[] = ['metadata.annotations', 'metadata.labels'];

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
    const [, field = '', key = ''] = subscripted;
    if (!MAPS.includes(field)) {
      const detail = `error converting fieldPath: field label does not support subscript: ${fieldPath}`;
      return [invalid(child(path, 'fieldPath'), fieldPath, detail)];
    }
    return invalids(path, key, qualifiedName(field === 'metadata.annotations' ? key.toLowerCase() : key));
  }
  if (!KNOWN_FIELDS.has(fieldPath)) {
    const detail = `error converting fieldPath: field label not supported: ${fieldPath}`;
    return [invalid(child(path, 'fieldPath'), fieldPath, detail)];
  }
  const field = fieldPath === 'spec.host' ? 'spec.nodeName' : fieldPath;
  return allowed.includes(field) ? [] : [notSupported(child(path, 'fieldPath'), field, allowed)];
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

/** What a resource is called in a fault of its divisor; of all others any divisor will do. */
const DIVIDED: Readonly<Record<string, string>> = {
  cpu: 'cpu',
  memory: 'memory',
  'ephemeral-storage': 'local ephemeral storage',
};

function divisorFault(resource: string, divisor: string): string | undefined {
  if (divisor === '0') return undefined;
  const name = /^(?:limits|requests)\.(.*)$/.exec(resource)?.[1] ?? '';
  const divided = Object.hasOwn(DIVIDED, name) ? DIVIDED[name] : undefined;
  const known = HUGE_PAGES.test(resource) ? 'hugepages' : divided;
  if (known === undefined) return undefined;
  if (known === 'cpu') {
    if (divisor === '1m' || divisor === '1') return undefined;
    return "only divisor's values 1m and 1 are supported with the cpu resource";
  }
  if (BYTE_DIVISORS.includes(divisor)) return undefined;
  return `only divisor's values ${BYTE_DIVISORS.join(', ')} are supported with the ${known} resource`;
}
