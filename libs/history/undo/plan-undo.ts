import type { ChangedObject } from '@taffrail/projection/read-model';
import type { EncryptedResources } from '@taffrail/resources/encrypted-resources';
import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import { keyText, type ObjectKey } from '@taffrail/resources/object';
import { parsed } from '../change-entry.ts';
import { referenceOf } from '../object-pair.ts';
import { controllerOf, isAllocatedAddress, LEFT_TO_SERVICE, metadataOf, ownersOf, textOf } from './owners.ts';
import { objectToCreate, objectToUpdate, type Freedom } from './restored-object.ts';
import {
  inOrder,
  shownChanges,
  type UndoAction,
  type UndoConflict,
  type UndoneElsewhere,
  type UndoPlan,
} from './undo-plan.ts';

/** An object at the moment to go back to (`from`) and now (`to`), parsed. */
interface Pair {
  readonly changed: ChangedObject;
  readonly wanted: JsonObject | undefined;
  readonly present: JsonObject | undefined;
}

/** Whether an object, as it was and as it is, is to be undone. */
export type IsAsked = (
  states: { readonly wanted?: JsonObject; readonly present?: JsonObject },
  key: ObjectKey,
) => boolean;

/**
 * Plans how objects become what they were at an earlier moment. `changed` are those of the scope that have changed since;
 * `isAsked` says which of them are to be undone: what depends on one that is created again comes along.
 *
 * What a controller makes of its owner is left to it. Revisions of workloads are the exception: nobody else can make them.
 */
export function planUndo(
  changed: readonly ChangedObject[],
  isAsked: IsAsked,
  free: Freedom,
  encrypts: EncryptedResources,
): UndoPlan {
  const pairs = changed.map(pairOf);
  const asked = withDependents(pairs, isAsked);
  const created = namesOfNamespaces(asked, ({ wanted, present }) => wanted !== undefined && present === undefined);
  const deleted = namesOfNamespaces(asked, ({ wanted, present }) => wanted === undefined && present !== undefined);
  const actions: UndoAction[] = [];
  const left: UndoneElsewhere[] = [];
  const conflicts: UndoConflict[] = [];
  for (const pair of asked) {
    const step = stepOf(pair, { created, deleted }, free, encrypts);
    if (step === undefined) continue;
    if ('type' in step) actions.push(step);
    else if ('overridable' in step) conflicts.push(step);
    else left.push(step);
  }
  return { actions: inOrder(actions), left, conflicts, renewals: renewalsOf(pairs) };
}

function renewalsOf(pairs: readonly Pair[]): ReadonlyMap<string, string> {
  return new Map(
    pairs.flatMap(({ changed: { from, to } }) =>
      from === undefined || to === undefined || from.uid === to.uid ? [] : [[from.uid, to.uid]],
    ),
  );
}

function pairOf(changed: ChangedObject): Pair {
  const wanted = changed.from === undefined ? undefined : parsed(changed.from.stored);
  const present = changed.to === undefined ? undefined : parsed(changed.to.stored);
  // What was on its way out is not brought back.
  return { changed, wanted: wanted !== undefined && isDeleting(wanted) ? undefined : wanted, present };
}

/** What is asked for, and everything that depended on what is created again: dependents, and a namespace's content. */
function withDependents(pairs: readonly Pair[], isAsked: IsAsked): readonly Pair[] {
  const asked = new Set(
    pairs.filter(({ changed, wanted, present }) =>
      isAsked({ ...(wanted && { wanted }), ...(present && { present }) }, changed.key),
    ),
  );
  const reborn = new Set<string>();
  const namespaces = new Set<string>();
  for (let grown = true; grown;) {
    for (const { changed, wanted, present } of asked) {
      if (wanted === undefined || present !== undefined) continue;
      reborn.add(textOf(metadataOf(wanted), 'uid'));
      if (isNamespace(changed)) namespaces.add(changed.key.name);
    }
    const before = asked.size;
    for (const pair of pairs) {
      const owned = ownersOf(pair.wanted).some((owner) => reborn.has(textOf(owner, 'uid')));
      if (owned || (pair.wanted !== undefined && namespaces.has(pair.changed.key.namespace))) asked.add(pair);
    }
    grown = asked.size > before;
  }
  return [...asked];
}

function namesOfNamespaces(pairs: readonly Pair[], holds: (pair: Pair) => boolean): ReadonlySet<string> {
  return new Set(
    pairs.filter((pair) => isNamespace(pair.changed) && holds(pair)).map(({ changed }) => changed.key.name),
  );
}

function isNamespace({ key }: ChangedObject): boolean {
  return key.group === '' && key.resource === 'namespaces';
}

interface Namespaces {
  readonly created: ReadonlySet<string>;
  readonly deleted: ReadonlySet<string>;
}

function stepOf(
  { changed, wanted, present }: Pair,
  namespaces: Namespaces,
  free: Freedom,
  encrypts: EncryptedResources,
): UndoAction | UndoneElsewhere | UndoConflict | undefined {
  const { key, from, to } = changed;
  if (wanted === undefined && (present === undefined || isDeleting(present))) return undefined;
  const about = referenceOf(key, to ?? from, present ?? wanted);
  // Its content goes with a namespace.
  if (namespaces.deleted.has(key.namespace)) return undefined;
  const elsewhere = leftTo(changed, wanted, present);
  if (elsewhere !== undefined) return { about, why: elsewhere };
  const unreadable = wanted === undefined ? undefined : unreadableWhy(wanted);
  if (unreadable !== undefined) return { about, why: unreadable, overridable: false };
  if (wanted === undefined) {
    return to === undefined ? undefined : { type: 'delete', key, about, present: to, changes: [] };
  }
  if (present === undefined || to === undefined) {
    const object = objectToCreate(key, wanted, free);
    // A namespace comes with its default ServiceAccount.
    if (isDefaultAccount(changed) && namespaces.created.has(key.namespace)) {
      return isPlainAccount(object) ? undefined : { type: 'update', key, about, object, changes: [] };
    }
    const { uid } = metadataOf(wanted);
    return { type: 'create', key, about, object, ...(typeof uid === 'string' ? { formerUid: uid } : {}), changes: [] };
  }
  if (isDeleting(present)) {
    return { about, why: 'it is being deleted and not gone yet', overridable: false };
  }
  const object = objectToUpdate(key, wanted, present);
  const changes = shownChanges(key, present, object, encrypts);
  return changes.length === 0 ? undefined : { type: 'update', key, about, object, present: to, changes };
}

/** ConfigMaps that a controller keeps in every namespace. */
const PUBLISHED: ReadonlySet<string> = new Set(['kube-root-ca.crt', 'service-ca.crt']);

/** Who sees to an object by itself, so that nothing is to be done about it here; undefined for nobody. */
function leftTo(
  { key }: ChangedObject,
  wanted: JsonObject | undefined,
  present: JsonObject | undefined,
): string | undefined {
  const resource = `${key.group}/${key.resource}`;
  const controller = controllerOf(present) ?? controllerOf(wanted);
  const isRevision = resource === 'apps/replicasets' || resource === 'apps/controllerrevisions';
  if (controller !== undefined && !(isRevision && present === undefined))
    return `left to ${controller}, which controls it`;
  if (resource === '/configmaps' && PUBLISHED.has(key.name)) return 'left to the publisher of the cluster authority';
  if (isAllocatedAddress(key, present ?? wanted)) return LEFT_TO_SERVICE;
  if (resource === '/endpoints' && managedByController(present ?? wanted)) return 'left to the endpoints controller';
  if (present === undefined && wanted !== undefined && hasFinished(resource, wanted)) {
    return 'it had finished, and would run again';
  }
  return undefined;
}

function managedByController(object: JsonObject | undefined): boolean {
  const labels = object === undefined ? undefined : metadataOf(object)['labels'];
  return isJsonObject(labels) && labels['endpoints.kubernetes.io/managed-by'] !== undefined;
}

/** Whether a Job or a pod was done: to create it again is to run it again. */
function hasFinished(resource: string, { status }: JsonObject): boolean {
  if (!isJsonObject(status)) return false;
  if (resource === '/pods') return status['phase'] === 'Succeeded' || status['phase'] === 'Failed';
  if (resource !== 'batch/jobs') return false;
  const conditions = Array.isArray(status['conditions']) ? (status['conditions'] as readonly JsonValue[]) : [];
  return conditions.some(
    (one) => isJsonObject(one) && one['status'] === 'True' && (one['type'] === 'Complete' || one['type'] === 'Failed'),
  );
}

const UNREADABLE = 'taffrail.dev/unreadable';

function unreadableWhy(wanted: JsonObject): string | undefined {
  const { annotations } = metadataOf(wanted);
  const why = isJsonObject(annotations) ? annotations[UNREADABLE] : undefined;
  if (why === undefined) return undefined;
  return why === 'purged' ? 'what it was has been purged' : 'what it was cannot be read any more: its key is lost';
}

function isDeleting(object: JsonObject): boolean {
  return metadataOf(object)['deletionTimestamp'] !== undefined;
}

function isDefaultAccount({ key }: ChangedObject): boolean {
  return key.group === '' && key.resource === 'serviceaccounts' && key.name === 'default';
}

/** Whether a ServiceAccount is as it is made with its namespace. */
function isPlainAccount({ kind: _k, apiVersion: _v, metadata, ...rest }: JsonObject): boolean {
  const { name: _name, namespace: _namespace, ...more } = isJsonObject(metadata) ? metadata : {};
  return Object.keys(rest).length === 0 && Object.keys(more).length === 0;
}

/** Keys of a plan's objects, for tests and messages. */
export function plannedKeys({ actions }: UndoPlan): readonly string[] {
  return actions.map(({ type, key }) => `${type} ${keyText(key)}`);
}
