import { rfc3339Seconds } from '@taffrail/platform/clock';
import { isJsonObject, type JsonObject, type MutableJsonObject } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';

/** An object that `decide` is working on: its own copy. */
export type WorkingObject = MutableJsonObject;

/** The metadata of a working object, made when it is missing. */
export function metadataOf(object: WorkingObject): MutableJsonObject {
  const present = object['metadata'];
  if (isJsonObject(present)) return present;
  const made: MutableJsonObject = {};
  object['metadata'] = made;
  return made;
}

/** A working object as the rules read it. */
export function asKubeObject(object: WorkingObject): KubeObject {
  return object as unknown as KubeObject;
}

/** A text member, '' when it is missing or no text. */
export function textOf(object: JsonObject | undefined, name: string): string {
  const value = object?.[name];
  return typeof value === 'string' ? value : '';
}

/** A member that is an object. */
export function objectOf(object: JsonObject | undefined, name: string): JsonObject | undefined {
  const value = object?.[name];
  return isJsonObject(value) ? value : undefined;
}

/** The finalizers of an object. */
export function finalizersOf(object: JsonObject): readonly string[] {
  const finalizers = objectOf(object, 'metadata')?.['finalizers'];
  return Array.isArray(finalizers) ? (finalizers as readonly string[]) : [];
}

/** Sets metadata that only the server writes, on an object about to be created. Its name is settled before. */
export function fillSystemMetadata(
  metadata: MutableJsonObject,
  fill: { readonly namespace: string; readonly name: string; readonly uid: string; readonly nowMs: number },
): void {
  dropServerFields(metadata);
  delete metadata['deletionTimestamp'];
  delete metadata['deletionGracePeriodSeconds'];
  metadata['name'] = fill.name;
  if (fill.namespace === '') delete metadata['namespace'];
  else metadata['namespace'] = fill.namespace;
  metadata['uid'] = fill.uid;
  metadata['creationTimestamp'] = rfc3339Seconds(fill.nowMs);
}

const KEPT_ON_UPDATE = ['creationTimestamp', 'generation'] as const;
const KEPT_WHILE_DELETING = ['deletionTimestamp', 'deletionGracePeriodSeconds'] as const;

/** Carries over what an update may not change; a name, namespace or uid that differs is left for validation to refuse. */
export function carrySystemMetadata(metadata: MutableJsonObject, previous: KubeObject): void {
  const before = previous.metadata as JsonObject;
  dropServerFields(metadata);
  for (const name of ['name', 'namespace', 'uid']) {
    if (textOf(metadata, name) === '') carry(metadata, before, name);
  }
  for (const name of KEPT_ON_UPDATE) carry(metadata, before, name);
  const deleting = textOf(before, 'deletionTimestamp') !== '';
  for (const name of KEPT_WHILE_DELETING) {
    if (deleting || metadata[name] === null) carry(metadata, before, name);
  }
}

/** managedFields are computed when everything else is settled. */
function dropServerFields(metadata: MutableJsonObject): void {
  delete metadata['resourceVersion'];
  delete metadata['selfLink'];
  delete metadata['managedFields'];
}

function carry(target: MutableJsonObject, source: JsonObject, name: string): void {
  const value = source[name];
  if (value === undefined) delete target[name];
  else target[name] = value as MutableJsonObject[string];
}
