import type { Cell } from '../cell.ts';
import type { ResourceRules } from '../definition.ts';
import type { FieldError } from '../field-error.ts';
import type { Draft, Given } from '../given.ts';
import { cloneJson, type JsonValue, type MutableJsonObject } from '../json.ts';
import type { KubeObject } from '../object.ts';
import { type MetadataRules, validateMetadata, validateMetadataUpdate } from '../validation/metadata.ts';

/** The rules of one kind over its own type; what is left out does nothing. */
export interface Strategy<T> {
  readonly metadata: MetadataRules;
  /** Fills defaults in place; `metadata` and, where the kind has one, `spec` exist. */
  readonly defaults?: (object: Draft<T>) => void;
  /** The status a new object starts with, whatever the client sent; absent for kinds without status. */
  readonly initialStatus?: (object: Draft<T>) => MutableJsonObject;
  /** Whether metadata that clients give is passed over where the status is written: most kinds take labels and annotations there. */
  readonly statusAlone?: boolean;
  /** Subresources beside `status` that write the status and nothing else of the object. */
  readonly statusThrough?: readonly string[];
  /** Whether `metadata.generation` counts changes of everything but metadata and status. */
  readonly generation?: boolean;
  /** More to do on create, after status and generation. */
  readonly prepareForCreate?: (object: Draft<T>) => void;
  /** More to do on update, after status and spec were carried over. */
  readonly prepareForUpdate?: (next: Draft<T>, previous: Given<T>, subresource: string) => void;
  /** On create and on updates of the main resource; `previous` is what an update finds. */
  readonly validate?: (object: Given<T>, previous?: Given<T>) => readonly FieldError[];
  /** Beside `validate`, on create only. */
  readonly validateCreation?: (object: Given<T>) => readonly FieldError[];
  /** Whether what an update may not change is told before what is wrong with the object itself, as Kubernetes does for some kinds. */
  readonly changesFirst?: boolean;
  /** Beside `validate`, which runs on updates of the main resource too. */
  readonly validateUpdate?: (next: Given<T>, previous: Given<T>, subresource: string) => readonly FieldError[];
  readonly validateStatus?: (next: Given<T>, previous: Given<T>) => readonly FieldError[];
  /** For everything but the status; `previous` is what an update found. */
  readonly warnings?: (object: Given<T>, previous?: Given<T>) => readonly string[];
  readonly statusWarnings?: (object: Given<T>) => readonly string[];
  readonly selectable?: Readonly<Record<string, (object: Given<T>) => string>>;
  readonly cells: (object: Given<T>) => readonly Cell[];
}

/** Builds the rules of a kind from its strategy: what all kinds do alike stands here once. */
export function rulesOf<T>(strategy: Strategy<T>): ResourceRules {
  const hasStatus = strategy.initialStatus !== undefined;
  const selectable = Object.entries(strategy.selectable ?? {});
  return Object.freeze<ResourceRules>({
    applyDefaults(object) {
      object['metadata'] ??= {};
      strategy.defaults?.(object as Draft<T>);
    },
    prepareForCreate(object) {
      if (strategy.initialStatus !== undefined) object['status'] = strategy.initialStatus(object as Draft<T>);
      if (strategy.generation === true) metadataOf(object)['generation'] = 1;
      strategy.prepareForCreate?.(object as Draft<T>);
    },
    prepareForUpdate(next, previous, subresource) {
      const isStatus = subresource === 'status' || strategy.statusThrough?.includes(subresource) === true;
      if (isStatus) {
        keepAllButStatus(next, previous);
        if (strategy.statusAlone === true) keepGivenMetadata(next, previous);
      } else if (hasStatus) carry(next, previous, 'status');
      strategy.prepareForUpdate?.(next as Draft<T>, previous as Given<T>, subresource);
      if (strategy.generation === true) countGeneration(next, previous);
    },
    validateCreate(object) {
      const typed = object as Given<T>;
      return [
        ...validateMetadata(object.metadata, strategy.metadata),
        ...(strategy.validate?.(typed) ?? []),
        ...(strategy.validateCreation?.(typed) ?? []),
      ];
    },
    validateUpdate(next, previous, subresource) {
      const typedNext = next as Given<T>;
      const typedPrevious = previous as Given<T>;
      const errors = validateMetadataUpdate(next.metadata, previous.metadata);
      if (subresource === 'status') return [...errors, ...(strategy.validateStatus?.(typedNext, typedPrevious) ?? [])];
      const itself = strategy.validate?.(typedNext, typedPrevious) ?? [];
      const changes = strategy.validateUpdate?.(typedNext, typedPrevious, subresource) ?? [];
      return strategy.changesFirst === true ? [...errors, ...changes, ...itself] : [...errors, ...itself, ...changes];
    },
    warnings(object, previous, subresource) {
      if (subresource === 'status') return strategy.statusWarnings?.(object as Given<T>) ?? [];
      return strategy.warnings?.(object as Given<T>, previous as Given<T> | undefined) ?? [];
    },
    selectableFields: (object) =>
      Object.fromEntries(selectable.map(([name, read]) => [name, read(object as Given<T>)])),
    selectableFieldNames: selectable.map(([name]) => name),
    tableCells: (object) => strategy.cells(object as Given<T>),
  });
}

function metadataOf(object: MutableJsonObject): MutableJsonObject {
  return object['metadata'] as MutableJsonObject;
}

/** Copies a field of the previous object over `next`'s. */
export function carry(next: MutableJsonObject, previous: KubeObject, field: string): void {
  const value = previous[field];
  if (value === undefined) delete next[field];
  else next[field] = cloneJson(value);
}

/** A status update changes the status and metadata, never the spec or who owns the object. */
function keepAllButStatus(next: MutableJsonObject, previous: KubeObject): void {
  for (const field of new Set([...Object.keys(next), ...Object.keys(previous)])) {
    if (!['status', 'metadata', 'kind', 'apiVersion'].includes(field)) carry(next, previous, field);
  }
}

/** What a client may say of an object's metadata is as before. */
function keepGivenMetadata(next: MutableJsonObject, previous: KubeObject): void {
  for (const field of ['labels', 'annotations', 'finalizers', 'ownerReferences']) {
    const value = previous.metadata[field];
    if (value === undefined) delete metadataOf(next)[field];
    else metadataOf(next)[field] = cloneJson(value);
  }
}

function countGeneration(next: MutableJsonObject, previous: KubeObject): void {
  const generation = previous.metadata.generation ?? 0;
  metadataOf(next)['generation'] = specEquals(next, previous) ? generation : generation + 1;
}

/** What a change of the generation does not count. */
const BESIDE_THE_SPEC: readonly string[] = ['apiVersion', 'kind', 'metadata', 'status'];

function specEquals(next: MutableJsonObject, previous: KubeObject): boolean {
  const names = new Set([...Object.keys(next), ...Object.keys(previous)]);
  return [...names].every((name) => BESIDE_THE_SPEC.includes(name) || equal(next[name], previous[name]));
}

/**
 * Semantic equality as apimachinery has it: an absent field, null, '' and an empty list are the same,
 * and the order of a map's keys does not matter. An empty object differs from none: `emptyDir: {}` says something.
 */
export function equal(left: JsonValue | undefined, right: JsonValue | undefined): boolean {
  if (left === right) return true;
  if (isEmpty(left) && isEmpty(right)) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (isList(left) || isList(right)) {
    return (
      isList(left) && isList(right) && left.length === right.length && left.every((item, at) => equal(item, right[at]))
    );
  }
  for (const name of Object.keys(left)) if (!equal(left[name], right[name])) return false;
  for (const name of Object.keys(right)) if (left[name] === undefined && !isEmpty(right[name])) return false;
  return true;
}

function isList(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isEmpty(value: JsonValue | undefined): boolean {
  if (value === undefined || value === null || value === '') return true;
  return Array.isArray(value) && value.length === 0;
}
