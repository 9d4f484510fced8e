import path from 'node:path';
import type { FieldError } from '../../field-error.ts';
import type { PersistentVolume, PersistentVolumeSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import type { JsonValue } from '../../json.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { parseQuantity } from '../../syntax/quantity.ts';
import { forbidden, invalid, invalids, notSupported, required } from '../../validation/field.ts';
import { goJson } from '../../validation/go-syntax.ts';
import { validateImmutable } from '../../validation/immutable.ts';
import { validateNodeSelector } from '../../validation/pod/affinity.ts';
import { newNodeLabel } from '../node-labels.ts';
import { equal } from '../strategy.ts';
import { validateAmount } from '../persistentvolumeclaim/amounts.ts';
import { validateAccessModes } from './access-modes.ts';
import { sourcesOf, validateVolumeSource } from './sources.ts';

const RECLAIM_POLICIES: readonly string[] = ['Delete', 'Recycle', 'Retain'];
const VOLUME_MODES: readonly string[] = ['Block', 'Filesystem'];

export function validatePersistentVolume({ spec = {} }: Given<PersistentVolume>): readonly FieldError[] {
  const errors: FieldError[] = [];
  if ((spec.accessModes ?? []).length === 0) errors.push(required('spec.accessModes'));
  errors.push(...validateAccessModes(spec.accessModes ?? [], 'spec.accessModes'));
  errors.push(...validateCapacity(spec.capacity ?? {}));
  const policy = spec.persistentVolumeReclaimPolicy ?? '';
  if (!RECLAIM_POLICIES.includes(policy)) {
    errors.push(notSupported('spec.persistentVolumeReclaimPolicy', policy, RECLAIM_POLICIES));
  }
  errors.push(...validateNodeAffinity(spec), ...validateVolumeSource(spec));
  const isRoot = spec.hostPath !== undefined && path.posix.normalize(spec.hostPath.path ?? '') === '/';
  if (isRoot && policy === 'Recycle') {
    const detail = "may not be 'recycle' for a hostPath mount of '/'";
    errors.push(forbidden('spec.persistentVolumeReclaimPolicy', detail));
  }
  const storageClass = spec.storageClassName ?? '';
  if (storageClass !== '') {
    errors.push(...invalids('spec.storageClassName', storageClass, dns1123Subdomain(storageClass)));
  }
  if (spec.volumeMode !== undefined && !VOLUME_MODES.includes(spec.volumeMode)) {
    errors.push(notSupported('spec.volumeMode', spec.volumeMode, VOLUME_MODES));
  }
  return [...errors, ...validateAttributesClass(spec)];
}

function validateCapacity(capacity: Readonly<Record<string, string | undefined>>): readonly FieldError[] {
  const names = Object.keys(capacity);
  const errors: FieldError[] = [];
  if (names.length === 0) errors.push(required('spec.capacity'));
  if (capacity['storage'] === undefined || names.length > 1) {
    errors.push(notSupported('spec.capacity', goJson(names.length === 0 ? null : capacity), ['storage']));
  }
  for (const [name, text = ''] of Object.entries(capacity)) {
    if ((parseQuantity(text)?.nanos ?? 0n) > 0n) continue;
    const path = `spec.capacity[${name}]`;
    errors.push(...validateAmount(text, path), invalid(path, text, 'must be greater than zero'));
  }
  return errors;
}

function validateNodeAffinity({ nodeAffinity }: Given<PersistentVolumeSpec>): readonly FieldError[] {
  const field = 'spec.nodeAffinity';
  if (nodeAffinity === undefined) return [];
  const needed = nodeAffinity.required;
  if (needed === undefined) return [required(`${field}.required`, 'must specify required node constraints')];
  return validateNodeSelector(needed, `${field}.required`);
}

function validateAttributesClass(spec: Given<PersistentVolumeSpec>): readonly FieldError[] {
  const name = spec.volumeAttributesClassName;
  const field = 'spec.volumeAttributesClassName';
  if (name === undefined) return [];
  return [
    ...(name === ''
      ? [required(field, 'an empty string is disallowed')]
      : invalids(field, name, dns1123Subdomain(name))),
    ...(spec.csi === undefined
      ? [required('spec.csi', 'has to be specified when using volumeAttributesClassName')]
      : []),
  ];
}

export function validatePersistentVolumeUpdate(
  next: Given<PersistentVolume>,
  previous: Given<PersistentVolume>,
): readonly FieldError[] {
  const [now, before] = [next.spec ?? {}, previous.spec ?? {}];
  const errors: FieldError[] = [];
  if (!equal(withoutNewSecret(now, before), sourcesOf(before) as JsonValue)) {
    errors.push(forbidden('spec.persistentvolumesource', 'spec.persistentvolumesource is immutable after creation'));
  }
  errors.push(...validateImmutable(now.volumeMode, before.volumeMode, 'volumeMode'));
  if (before.nodeAffinity !== undefined) {
    errors.push(...validateAffinityUpdate(now.nodeAffinity, before.nodeAffinity));
  }
  if (before.volumeAttributesClassName !== undefined && now.volumeAttributesClassName === undefined) {
    errors.push(forbidden('spec.volumeAttributesClassName', 'update from non-nil value to nil is forbidden'));
  }
  return errors;
}

type NodeAffinity = Given<PersistentVolumeSpec>['nodeAffinity'];

/** Where a volume can be used stays; a label that has another name now may be called by it. */
function validateAffinityUpdate(now: NodeAffinity, before: NodeAffinity): readonly FieldError[] {
  if (equal(plain(now), plain(before)) || equal(plain(now), plain(withNewLabels(now, before)))) return [];
  const detail = 'field is immutable, except for updating from beta label to GA';
  return [invalid('nodeAffinity', goJson(now ?? null), detail)];
}

/** What was, with the new names where `now` has them. */
function withNewLabels(now: NodeAffinity, before: NodeAffinity): NodeAffinity {
  const required = before?.required;
  if (required === undefined) return before;
  const nodeSelectorTerms = (required.nodeSelectorTerms ?? []).map((term, at) => ({
    ...term,
    matchExpressions: (term.matchExpressions ?? []).map((one, place) => {
      const wanted = now?.required?.nodeSelectorTerms?.[at]?.matchExpressions?.[place]?.key;
      return wanted !== undefined && newNodeLabel(one.key ?? '') === wanted ? { ...one, key: wanted } : one;
    }),
  }));
  return { ...before, required: { ...required, nodeSelectorTerms } };
}

function plain(affinity: NodeAffinity): JsonValue | undefined {
  return affinity;
}

/** The sources as they are compared: a secret for expansion may be added to a CSI volume that has none. */
function withoutNewSecret(now: Given<PersistentVolumeSpec>, before: Given<PersistentVolumeSpec>): JsonValue {
  const sources = sourcesOf(now);
  const isNew = before.csi !== undefined && before.csi.controllerExpandSecretRef === undefined;
  if (now.csi === undefined || !isNew) return sources as JsonValue;
  const { controllerExpandSecretRef: _, ...csi } = now.csi;
  return { ...sources, csi };
}
