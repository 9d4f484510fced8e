import { rfc3339Seconds } from '@taffrail/platform/clock';
import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import type { ManagedFieldsEntry } from '@taffrail/resources/generated/types';
import type { KubeObject } from '@taffrail/resources/object';
import { conform } from '../decode/conform.ts';
import { badRequest, type Rejection } from '../rejection.ts';
import { applyConflict } from './apply-conflict.ts';
import { boundedManagers } from './bounded-managers.ts';
import { compareObjects, type Comparison } from './compare-objects.ts';
import { createdFields } from './created-fields.ts';
import { differenceOf, type FieldSet, isEmptySet, NO_FIELDS, unionOf } from './field-set.ts';
import { fieldsOfObject, withNamedFields } from './fields-of-object.ts';
import { fieldsLastApplied, KUBECTL, withLastApplied } from './last-applied.ts';
import { listFault } from './list-fault.ts';
import {
  decodeManagers,
  encodeManagers,
  fieldsIn,
  hasFields,
  type Manager,
  managerId,
  type Managers,
  ownsAlready,
  stamped,
  storedManagers,
  withoutFields,
} from './managers.ts';
import { mergeObjects } from './merge-objects.ts';
import { removeFields } from './remove-fields.ts';
import { type Shape, shapeOfType } from './shape.ts';
import { UNOWNED } from './unowned-fields.ts';
import { comparisonsIn, prunedAcross, speaksOthers, type VersionViews } from './versions.ts';

/** Who changes an object, through what, and when. */
export interface Change {
  /** The object as it is stored; undefined when it is about to be created. */
  readonly live: KubeObject | undefined;
  /** Full name of the object's type in the schema table. */
  readonly typeName: string;
  readonly manager: string;
  readonly apiVersion: string;
  /** '' for the resource itself. */
  readonly subresource: string;
  readonly nowMs: number;
  /** Where the resource has several versions: how each shows the object. */
  readonly views?: VersionViews;
}

export interface Applied {
  readonly rejected?: never;
  /** The outcome, with its managedFields; not defaulted yet. */
  readonly object: KubeObject;
}

/**
 * Server-side apply: lays a configuration over the live object, takes away what the same manager set before and sets no
 * longer (unless somebody else owns it too), and refuses to change what others own unless it is forced to.
 *
 * Rejections: 400 for a configuration that does not fit its type or sets managedFields, 409 for conflicts.
 */
export function applyConfiguration(change: Change, given: JsonObject, force: boolean): Applied | Rejection {
  if (isJsonObject(given['metadata']) && given['metadata']['managedFields'] !== undefined) {
    return badRequest('metadata.managedFields must be nil');
  }
  const { object: config, unknown, fault } = conform(given, change.typeName, { keepsEmpty: true });
  const shape = shapeOfType(change.typeName);
  const wrong = fault ?? unknownText(unknown[0]) ?? listFault(config, shape);
  if (wrong !== undefined) return badRequest(`failed to create typed patch object (${subjectOf(given)}): ${wrong}`);

  const live: JsonObject = withoutManagers(change.live ?? {});
  const before = managersBeforeApply(change, live, shape);
  const own: Manager = {
    name: change.manager,
    operation: 'Apply',
    apiVersion: change.apiVersion,
    subresource: change.subresource,
    time: '',
    fields: fieldsOfObject(config, shape),
  };
  const id = managerId(own);
  // While fields are taken away its name and kind count as well: they hold on to `metadata`.
  const managers = new Map(before).set(id, own);

  const merged = mergeObjects(live, config, shape) ?? {};
  const next = (pruned(change, merged as JsonObject, before.get(id), managers, shape) ?? {}) as JsonObject;
  const comparisonFor = comparisonsOf(change, live, next, compareObjects(live, next, shape));
  const isKubectl = change.manager === KUBECTL;
  const taken = isKubectl && !force ? fieldsLastApplied(live, change.typeName) : NO_FIELDS;
  const conflicts = force ? [] : conflictsOf(managers, id, comparisonFor, taken);
  if (conflicts.length > 0) return applyConflict(conflicts);
  managers.set(id, { ...own, fields: differenceOf(own.fields, UNOWNED) });
  const owners = boundedManagers(stamped(afterChange(managers, id, comparisonFor), before, id, change.nowMs));
  return { object: withManagers(isKubectl ? withLastApplied(next, given) : next, owners) };
}

/**
 * The managedFields of an object after an update: who changed a field owns it, and nobody else does any longer.
 * `given` are the managedFields the client sent: those it goes on from when they make sense; one empty entry starts anew.
 */
export function trackUpdate(change: Change, next: KubeObject, given?: JsonValue): readonly ManagedFieldsEntry[] {
  const shape = shapeOfType(change.typeName);
  const before = managersBeforeUpdate(change.live, given);
  if (change.live === undefined && before.size === 0) return creator(change, withoutManagers(next), shape);
  const [live, changed] = [withoutManagers(change.live ?? {}), withoutManagers(next)];
  const comparison = compareObjects(live, changed, shape);
  const own: Omit<Manager, 'fields'> = {
    name: change.manager,
    operation: 'Update',
    apiVersion: change.apiVersion,
    subresource: change.subresource,
    time: '',
  };
  const id = managerId(own);
  const present = before.get(id);
  const touched = differenceOf(unionOf(comparison.modified, comparison.added), UNOWNED);
  const managers = new Map(before);
  if (present === undefined || !ownsAlready(present, touched, [comparison.removed, UNOWNED])) {
    const kept = differenceOf(present?.fields ?? NO_FIELDS, comparison.removed);
    managers.set(id, { ...own, fields: differenceOf(unionOf(kept, touched), UNOWNED) });
  }
  const comparisonFor = comparisonsOf(change, live, changed, comparison);
  return encodeManagers(boundedManagers(stamped(afterChange(managers, id, comparisonFor), before, id, change.nowMs)));
}

/** Who creates an object owns what makes it. */
function creator(change: Change, object: JsonObject, shape: Shape): readonly ManagedFieldsEntry[] {
  const { typeName, manager, apiVersion, subresource, nowMs } = change;
  const fieldsV1 = createdFields(object, shape, typeName, manager);
  if (Object.keys(fieldsV1).length === 0) return [];
  const head = {
    manager,
    operation: 'Update',
    apiVersion,
    time: rfc3339Seconds(nowMs),
    fieldsType: 'FieldsV1',
    fieldsV1,
  };
  return [subresource === '' ? head : { ...head, subresource }];
}

/** What a change means to managers who speak other versions; a creation means nothing to any of them. */
function comparisonsOf(
  { views, live: present, apiVersion }: Change,
  live: JsonObject,
  next: JsonObject,
  base: Comparison,
) {
  const before = present === undefined ? undefined : { apiVersion, object: live };
  return comparisonsIn(views, before, { apiVersion, object: next }, base);
}

/** Who owns what before an update. */
function managersBeforeUpdate(live: KubeObject | undefined, given: JsonValue | undefined): Managers {
  if (Array.isArray(given) && given.length === 1 && isJsonObject(given[0]) && Object.keys(given[0]).length === 0) {
    return new Map();
  }
  const asked = decodeManagers(given);
  return asked.size > 0 ? asked : storedManagers(live?.metadata.managedFields);
}

/** Who owns what before an apply; what was there before anybody's ownership was followed belongs to a name of its own. */
function managersBeforeApply(change: Change, live: JsonObject, shape: Shape): Managers {
  const before = storedManagers(change.live?.metadata.managedFields);
  if (before.size > 0 || change.live === undefined) return before;
  const first: Manager = {
    name: 'before-first-apply',
    operation: 'Update',
    apiVersion: change.apiVersion,
    subresource: '',
    time: rfc3339Seconds(change.nowMs),
    fields: differenceOf(compareObjects({}, live, shape).added, UNOWNED),
  };
  return new Map([[managerId(first), first]]);
}

/**
 * The merged object without what this manager set before and nobody sets now. A field counts as owned when something
 * inside it is; a map's key or a list's item only when it is owned itself, so it goes with all that others put into it.
 */
function pruned(
  { views, apiVersion }: Change,
  merged: JsonObject,
  before: Manager | undefined,
  managers: Managers,
  shape: Shape,
): JsonValue | undefined {
  if (before === undefined || isEmptySet(before.fields)) return merged;
  if (views !== undefined && speaksOthers(views, apiVersion, [before, ...managers.values()])) {
    return prunedAcross(views, { apiVersion, object: merged }, before, managers);
  }
  const last = before.fields;
  const own = managers.get(managerId(before))?.fields ?? NO_FIELDS;
  if (isEmptySet(differenceOf(last, own))) return merged;
  const owned = [...managers.values()].reduce((all, { fields }) => unionOf(all, fields), NO_FIELDS);
  const dropped = differenceOf(withNamedFields(last, shape), withNamedFields(owned, shape));
  return removeFields(merged, dropped, shape);
}

/** What changed, in the words of a version. */
type ComparisonFor = (apiVersion: string) => Comparison;

/** What others own of the fields an apply changes, but for those that may be `taken` over. */
function conflictsOf(managers: Managers, id: string, comparisonFor: ComparisonFor, taken: FieldSet) {
  return [...managers]
    .filter(([other]) => other !== id)
    .map(([, manager]) => {
      const { modified, added } = comparisonFor(manager.apiVersion);
      const touched = differenceOf(unionOf(modified, added), taken);
      return { manager, fields: fieldsIn(manager, touched) };
    })
    .filter(({ fields }) => !isEmptySet(fields));
}

/** Managers after a change by one of them: the others lose what was changed, and all lose what is gone. */
function afterChange(managers: Managers, id: string, comparisonFor: ComparisonFor): Managers {
  const after = new Map<string, Manager>();
  for (const [other, manager] of managers) {
    let left: Manager | undefined = manager;
    if (other !== id) {
      const { modified, added, removed } = comparisonFor(manager.apiVersion);
      left = withoutFields(manager, unionOf(unionOf(modified, added), removed));
    }
    if (left !== undefined && hasFields(left)) after.set(other, left);
  }
  return after;
}

function withoutManagers(object: JsonObject): JsonObject {
  if (!isJsonObject(object['metadata'])) return object;
  const { managedFields: _managedFields, ...metadata } = object['metadata'];
  return { ...object, metadata };
}

function withManagers(object: JsonObject, managers: Managers): KubeObject {
  const { metadata, ...rest } = object as KubeObject;
  const managedFields = encodeManagers(managers);
  return { ...rest, metadata: { ...metadata, ...(managedFields.length === 0 ? {} : { managedFields }) } } as KubeObject;
}

/** An unknown field as a typed configuration words it. */
function unknownText(fault: string | undefined): string | undefined {
  return fault?.replace(/^unknown field "(.*)"$/, '.$1: field not declared in schema');
}

function subjectOf(config: JsonObject): string {
  const metadata = isJsonObject(config['metadata']) ? config['metadata'] : {};
  const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '');
  return `${text(metadata['namespace'])}/${text(metadata['name'])}; ${text(config['apiVersion'])}, Kind=${text(config['kind'])}`;
}
