import type { FieldError } from '../../field-error.ts';
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec, TypedObjectReference } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import type { JsonValue } from '../../json.ts';
import { dns1123Label, dns1123Subdomain } from '../../syntax/names.ts';
import { parseQuantity } from '../../syntax/quantity.ts';
import { child, forbidden, invalid, invalids, key, notSupported, type Path, required } from '../../validation/field.ts';
import { validateImmutable } from '../../validation/immutable.ts';
import { FIELD_IMMUTABLE } from '../../validation/metadata.ts';
import { validateLabelSelector } from '../../validation/selector.ts';
import { validateAccessModes } from '../persistentvolume/access-modes.ts';
import { equal } from '../strategy.ts';

const VOLUME_MODES: readonly string[] = ['Block', 'Filesystem'];

/** A claim's spec, on its own or as the template of an ephemeral volume. */
export function validateClaimSpec(spec: Given<PersistentVolumeClaimSpec>, path: Path): readonly FieldError[] {
  const errors: FieldError[] = [];
  const modes = child(path, 'accessModes');
  if ((spec.accessModes ?? []).length === 0) errors.push(required(modes, 'at least 1 access mode is required'));
  errors.push(...validateLabelSelector(spec.selector, child(path, 'selector')));
  errors.push(...validateAccessModes(spec.accessModes ?? [], modes));
  const storage = spec.resources?.requests?.['storage'];
  const size = key(child(path, 'resources'), 'storage');
  if (storage === undefined) errors.push(required(size));
  else if ((parseQuantity(storage)?.nanos ?? 0n) <= 0n)
    errors.push(invalid(size, storage, 'must be greater than zero'));
  errors.push(...validateClass(spec, 'storageClassName', path));
  if (spec.volumeMode !== undefined && !VOLUME_MODES.includes(spec.volumeMode)) {
    errors.push(notSupported(child(path, 'volumeMode'), spec.volumeMode, VOLUME_MODES));
  }
  return [...errors, ...validateSources(spec, path), ...validateClass(spec, 'volumeAttributesClassName', path)];
}

function validateClass(
  spec: Given<PersistentVolumeClaimSpec>,
  field: 'storageClassName' | 'volumeAttributesClassName',
  path: Path,
): readonly FieldError[] {
  const name = spec[field] ?? '';
  return name === '' ? [] : invalids(child(path, field), name, dns1123Subdomain(name));
}

/** Where a volume's content comes from: two fields of one meaning, the newer one also for other namespaces. */
function validateSources(spec: Given<PersistentVolumeClaimSpec>, path: Path): readonly FieldError[] {
  const { dataSource, dataSourceRef } = spec;
  const errors: FieldError[] = [];
  if (dataSource !== undefined) errors.push(...validateSource(dataSource, child(path, 'dataSource')));
  if (dataSourceRef !== undefined) errors.push(...validateSource(dataSourceRef, child(path, 'dataSourceRef')));
  if (dataSource === undefined || dataSourceRef === undefined) return errors;
  const shown = child(path, 'dataSource');
  if ((dataSourceRef.namespace ?? '') !== '') {
    return [...errors, invalid(path, shown, 'may not be specified when dataSourceRef.namespace is specified')];
  }
  const same = (['apiGroup', 'kind', 'name'] as const).every((field) => dataSource[field] === dataSourceRef[field]);
  return same ? errors : [...errors, invalid(path, shown, 'must match dataSourceRef')];
}

function validateSource(source: Given<TypedObjectReference>, path: Path): readonly FieldError[] {
  const { name = '', kind = '', apiGroup = '', namespace = '' } = source;
  const errors: FieldError[] = [];
  if (name === '') errors.push(required(child(path, 'name')));
  if (kind === '') errors.push(required(child(path, 'kind')));
  if (apiGroup === '' && kind !== 'PersistentVolumeClaim') {
    errors.push(invalid(path, kind, "must be 'PersistentVolumeClaim' when referencing the default apiGroup"));
  }
  if (apiGroup !== '') errors.push(...invalids(child(path, 'apiGroup'), apiGroup, dns1123Subdomain(apiGroup)));
  if (namespace !== '') errors.push(...invalids(child(path, 'namespace'), namespace, dns1123Label(namespace)));
  return errors;
}

/** What a bound claim may still change: its size, its attributes class, and what the binder fills in. */
const SPEC_FORBIDDEN =
  'spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

export function validateClaimUpdate(
  next: Given<PersistentVolumeClaim>,
  previous: Given<PersistentVolumeClaim>,
): readonly FieldError[] {
  const [now, before] = [next.spec ?? {}, previous.spec ?? {}];
  const isBound = next.status?.phase === 'Bound';
  const compared = {
    ...now,
    ...(isBound && now.volumeAttributesClassName !== undefined
      ? { volumeAttributesClassName: before.volumeAttributesClassName }
      : {}),
    ...((before.volumeName ?? '') === '' ? { volumeName: before.volumeName } : {}),
    ...(takesClass(next, previous) ? { storageClassName: before.storageClassName } : {}),
    ...(isBound ? { resources: withStorageOf(now.resources, before.resources) } : {}),
  };
  const [annotation, earlier] = [classAnnotation(next), classAnnotation(previous)];
  const errors: FieldError[] = [];
  if (!movesClass(next, previous) && annotation !== earlier) {
    errors.push(invalid(`metadata.annotations.${CLASS_ANNOTATION}`, annotation, FIELD_IMMUTABLE));
  }
  if (!equal(withoutUndefined(compared), withoutUndefined(before))) errors.push(forbidden('spec', SPEC_FORBIDDEN));
  const size = (text: string | undefined): bigint => parseQuantity(text ?? '0')?.nanos ?? 0n;
  const wanted = size(now.resources?.requests?.['storage']);
  const shrinks = wanted < size(before.resources?.requests?.['storage']);
  if (shrinks && wanted <= size(previous.status?.capacity?.['storage'])) {
    errors.push(forbidden('spec.resources.requests.storage', 'field can not be less than status.capacity'));
  }
  return [
    ...errors,
    ...validateImmutable(now.volumeMode, before.volumeMode, 'volumeMode'),
    ...validateAttributesClass(now.volumeAttributesClassName, before.volumeAttributesClassName),
  ];
}

/** Where a claim's class stood before there was a field for it. */
const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

function classAnnotation({ metadata }: Given<PersistentVolumeClaim>): string {
  return metadata?.annotations?.[CLASS_ANNOTATION] ?? '';
}

/** Whether the class moves from the annotation to the field. */
function movesClass(next: Given<PersistentVolumeClaim>, previous: Given<PersistentVolumeClaim>): boolean {
  const earlier = previous.metadata?.annotations?.[CLASS_ANNOTATION];
  const kept = next.metadata?.annotations?.[CLASS_ANNOTATION];
  return (
    earlier !== undefined &&
    previous.spec?.storageClassName === undefined &&
    next.spec?.storageClassName === earlier &&
    (kept === undefined || kept === earlier)
  );
}

/** Whether a claim that has no class takes one: nobody was waiting for another. */
function takesClass(next: Given<PersistentVolumeClaim>, previous: Given<PersistentVolumeClaim>): boolean {
  const earlier = previous.metadata?.annotations?.[CLASS_ANNOTATION];
  const wanted = next.spec?.storageClassName;
  return (
    previous.spec?.storageClassName === undefined &&
    wanted !== undefined &&
    (earlier === undefined || wanted === earlier)
  );
}

type Resources = Given<PersistentVolumeClaimSpec>['resources'];

function withStorageOf(resources: Resources, before: Resources): Resources {
  if (resources?.requests === undefined) return resources;
  return { ...resources, requests: { ...resources.requests, storage: before?.requests?.['storage'] } };
}

function withoutUndefined(value: object): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}

/** A volume that has an attributes class keeps one. */
function validateAttributesClass(now: string | undefined, before: string | undefined): readonly FieldError[] {
  if (before === undefined || now === before || (now ?? '') !== '') return [];
  const to = now === undefined ? 'nil' : 'an empty string';
  return [forbidden('spec.volumeAttributesClassName', `update from non-nil value to ${to} is forbidden`)];
}
