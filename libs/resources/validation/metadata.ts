import { limits } from '@taffrail/platform/limits';
import type { FieldError } from '../field-error.ts';
import type { ObjectMeta, OwnerReference } from '../generated/types.ts';
import type { Given } from '../given.ts';
import { qualifiedName } from '../syntax/labels.ts';
import { dns1123Label, type Faults } from '../syntax/names.ts';
import { child, forbidden, index, invalid, invalids, type Path, required, tooLong } from './field.ts';
import { goStrings, quoted } from './go-syntax.ts';
import { type GivenMap, validateLabels } from './labels.ts';

/** The rule for a kind's names. */
export type NameSyntax = (name: string) => Faults;

/** What the metadata rules must know of a kind. */
export interface MetadataRules {
  readonly namespaced: boolean;
  readonly name: NameSyntax;
}

const PATH: Path = 'metadata';
const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';
const STANDARD_FINALIZERS: ReadonlySet<string> = new Set(['kubernetes', ORPHAN, FOREGROUND]);
const UNKNOWN_FINALIZER = 'name is neither a standard finalizer name nor is it fully qualified';

/** Checks the metadata of an object about to be created; its name has been generated already. */
export function validateMetadata(metadata: Given<ObjectMeta>, rules: MetadataRules, path: Path = PATH): FieldError[] {
  return [
    ...validateNames(metadata, rules, path),
    ...validateNamespace(metadata, rules, path),
    ...validateCommon(metadata, path),
  ];
}

/** Checks metadata against what it was: identity never changes, and no finalizer joins an object that is being deleted. */
export function validateMetadataUpdate(next: Given<ObjectMeta>, previous: Given<ObjectMeta>): FieldError[] {
  const errors: FieldError[] = [];
  if (previous.deletionTimestamp !== undefined) {
    const known = new Set(previous.finalizers);
    const added = (next.finalizers ?? []).filter((finalizer) => !known.has(finalizer)).sort();
    if (added.length > 0) {
      const detail = `no new finalizers can be added if the object is being deleted, found new finalizers ${goStrings(added).goSyntax}`;
      errors.push(forbidden(child(PATH, 'finalizers'), detail));
    }
  }
  if ((next.generation ?? 0) < (previous.generation ?? 0)) {
    errors.push(invalid(child(PATH, 'generation'), next.generation ?? 0, 'must not be decremented'));
  }
  for (const field of ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp'] as const) {
    if ((next[field] ?? '') !== (previous[field] ?? '')) {
      errors.push(invalid(child(PATH, field), next[field] ?? '', FIELD_IMMUTABLE));
    }
  }
  if ((next.deletionGracePeriodSeconds ?? -1) !== (previous.deletionGracePeriodSeconds ?? -1)) {
    errors.push(invalid(child(PATH, 'deletionGracePeriodSeconds'), next.deletionGracePeriodSeconds, FIELD_IMMUTABLE));
  }
  return [...errors, ...validateCommon(next, PATH)];
}

/** What is said of a field that may never change. */
export const FIELD_IMMUTABLE = 'field is immutable';

function validateNames(metadata: Given<ObjectMeta>, rules: MetadataRules, path: Path): FieldError[] {
  const errors: FieldError[] = [];
  const { name = '', generateName = '' } = metadata;
  if (generateName !== '') {
    errors.push(...invalids(child(path, 'generateName'), generateName, rules.name(maskTrailingDash(generateName))));
  }
  if (name === '') errors.push(required(child(path, 'name'), 'name or generateName is required'));
  else errors.push(...invalids(child(path, 'name'), name, rules.name(name)));
  return errors;
}

/** A prefix may end in a dash, since a suffix follows. */
function maskTrailingDash(prefix: string): string {
  return prefix.length > 1 && prefix.endsWith('-') ? `${prefix.slice(0, -2)}a` : prefix;
}

function validateNamespace(metadata: Given<ObjectMeta>, rules: MetadataRules, path: Path): readonly FieldError[] {
  const namespace = metadata.namespace ?? '';
  const field = child(path, 'namespace');
  if (!rules.namespaced) return namespace === '' ? [] : [forbidden(field, 'not allowed on this type')];
  return namespace === '' ? [required(field)] : invalids(field, namespace, dns1123Label(namespace));
}

function validateCommon(metadata: Given<ObjectMeta>, path: Path): readonly FieldError[] {
  return [
    ...((metadata.generation ?? 0) < 0
      ? [invalid(child(path, 'generation'), metadata.generation, 'must be greater than or equal to 0')]
      : []),
    ...validateLabels(metadata.labels, child(path, 'labels')),
    ...validateAnnotations(metadata.annotations, child(path, 'annotations')),
    ...validateOwners(metadata.ownerReferences ?? [], child(path, 'ownerReferences')),
    ...validateFinalizers(metadata.finalizers ?? [], child(path, 'finalizers')),
  ];
}

/** Checks annotation keys (in any case) and the bound on their total size. */
export function validateAnnotations(annotations: GivenMap | undefined, path: Path): readonly FieldError[] {
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [name, value = ''] of Object.entries(annotations ?? {})) {
    errors.push(...invalids(path, name, qualifiedName(name.toLowerCase())));
    bytes += Buffer.byteLength(name) + Buffer.byteLength(value);
  }
  if (bytes > limits.annotationsBytes) errors.push(tooLong(path, limits.annotationsBytes));
  return errors;
}

function validateOwners(owners: readonly Given<OwnerReference>[], path: Path): readonly FieldError[] {
  const errors: FieldError[] = [];
  let controller: string | undefined;
  for (const owner of owners) {
    errors.push(...validateOwner(owner, path));
    if (owner.controller !== true) continue;
    const name = `${owner.kind ?? ''}/${owner.name ?? ''}`;
    if (controller === undefined) controller = name;
    else {
      const detail = `Only one reference can have Controller set to true. Found "true" in references for ${controller} and ${name}`;
      errors.push(invalid(path, { goSyntax: `[]v1.OwnerReference{${owners.map(goOwner).join(', ')}}` }, detail));
    }
  }
  return errors;
}

function validateOwner(owner: Given<OwnerReference>, path: Path): readonly FieldError[] {
  const errors: FieldError[] = [];
  const version = (owner.apiVersion ?? '').split('/').at(-1) ?? '';
  if (version === '')
    errors.push(invalid(child(path, 'apiVersion'), owner.apiVersion ?? '', 'version must not be empty'));
  for (const field of ['kind', 'name', 'uid'] as const) {
    if ((owner[field] ?? '') === '') errors.push(invalid(child(path, field), '', 'must not be empty'));
  }
  if (owner.apiVersion === 'v1' && owner.kind === 'Event') {
    errors.push(invalid(path, { goSyntax: goOwner(owner) }, '/v1, Kind=Event is disallowed from being an owner'));
  }
  return errors;
}

function goOwner(owner: Given<OwnerReference>): string {
  const text = (value: string | undefined): string => quoted(value ?? '');
  const flag = (value: boolean | undefined): string => (value === undefined ? '(*bool)(nil)' : `(*bool)(${value})`);
  return `v1.OwnerReference{APIVersion:${text(owner.apiVersion)}, Kind:${text(owner.kind)}, Name:${text(owner.name)}, UID:${text(owner.uid)}, Controller:${flag(owner.controller)}, BlockOwnerDeletion:${flag(owner.blockOwnerDeletion)}}`;
}

function validateFinalizers(finalizers: readonly string[], path: Path): readonly FieldError[] {
  const errors = [
    ...finalizers.flatMap((name) => invalids(path, name, qualifiedName(name))),
    ...finalizers.flatMap((name, at) =>
      name.includes('/') || STANDARD_FINALIZERS.has(name) ? [] : [invalid(index(path, at), name, UNKNOWN_FINALIZER)],
    ),
  ];
  if (!finalizers.includes(ORPHAN) || !finalizers.includes(FOREGROUND)) return errors;
  const detail = `finalizer ${ORPHAN} and ${FOREGROUND} cannot be both set`;
  return [...errors, invalid(path, goStrings(finalizers), detail)];
}
