import type { JsonObject } from '@taffrail/resources/json';
import { compareObjects, type Comparison } from './compare-objects.ts';
import { differenceOf, type FieldSet, NO_FIELDS, unionOf } from './field-set.ts';
import { fieldsOfObject, withNamedFields } from './fields-of-object.ts';
import type { Manager, Managers } from './managers.ts';
import { removeFields } from './remove-fields.ts';
import { shapeOfType } from './shape.ts';

/*
 * A manager owns fields of the version it spoke. What a change means to it is therefore seen in that version: the object
 * before and after is shown to each manager as its own version shows it.
 */

/** How one version shows an object. */
export interface VersionView {
  /** Full name of the version's type in the schema table. */
  readonly typeName: string;
  fromStored(object: JsonObject): JsonObject;
  toStored(object: JsonObject): JsonObject;
}

/** The versions of a resource that has several; undefined for one that is not served. */
export type VersionViews = (apiVersion: string) => VersionView | undefined;

/** An object as the version of a change has it, and that version's name. */
export interface Versioned {
  readonly apiVersion: string;
  readonly object: JsonObject;
}

/** What changed, in the words of each version that is asked for. A version that is not served sees it as the change does. */
export function comparisonsIn(
  views: VersionViews | undefined,
  before: Versioned | undefined,
  after: Versioned,
  base: Comparison,
): (apiVersion: string) => Comparison {
  const known = new Map([[after.apiVersion, base]]);
  return (apiVersion) => {
    const made = known.get(apiVersion);
    if (made !== undefined) return made;
    const view = views?.(apiVersion);
    const comparison =
      view === undefined || before === undefined
        ? base
        : compareObjects(
            shownIn(views, before, apiVersion),
            shownIn(views, after, apiVersion),
            shapeOfType(view.typeName),
          );
    known.set(apiVersion, comparison);
    return comparison;
  };
}

/** An object in another version; as it is when that is its own, or not served. */
function shownIn(views: VersionViews | undefined, { apiVersion, object }: Versioned, asked: string): JsonObject {
  if (apiVersion === asked) return object;
  const [from, to] = [views?.(apiVersion), views?.(asked)];
  return from === undefined || to === undefined ? object : to.fromStored(from.toStored(object));
}

/** Whether any of the managers, or what one of them owned last, speaks another version than the change. */
export function speaksOthers(
  views: VersionViews | undefined,
  apiVersion: string,
  managers: Iterable<Manager>,
): boolean {
  if (views === undefined) return false;
  return [...managers].some((manager) => manager.apiVersion !== apiVersion && views(manager.apiVersion) !== undefined);
}

/**
 * The merged object without what a manager set before and nobody sets now, where the managers speak several versions:
 * taken away in the version it was set in, then put back what any manager owns in its own.
 */
export function prunedAcross(views: VersionViews, merged: Versioned, last: Manager, managers: Managers): JsonObject {
  let pruned: Versioned = {
    apiVersion: last.apiVersion,
    object: without(views, merged, last.apiVersion, (shape) => withNamedFields(last.fields, shape)),
  };
  for (const apiVersion of new Set([...managers.values()].map((manager) => manager.apiVersion))) {
    const owned = [...managers.values()]
      .filter((manager) => manager.apiVersion === apiVersion)
      .reduce<FieldSet>((all, { fields }) => unionOf(all, fields), NO_FIELDS);
    const left = shownIn(views, pruned, apiVersion);
    const object = without(views, merged, apiVersion, (shape, whole) => {
      const gone = differenceOf(
        withNamedFields(fieldsOfObject(whole, shape), shape),
        withNamedFields(fieldsOfObject(left, shape), shape),
      );
      return differenceOf(gone, withNamedFields(owned, shape));
    });
    pruned = { apiVersion, object };
  }
  return shownIn(views, pruned, merged.apiVersion);
}

function without(
  views: VersionViews,
  merged: Versioned,
  apiVersion: string,
  dropped: (shape: ReturnType<typeof shapeOfType>, whole: JsonObject) => FieldSet,
): JsonObject {
  const view = views(apiVersion);
  if (view === undefined) return merged.object;
  const whole = shownIn(views, merged, apiVersion);
  const shape = shapeOfType(view.typeName);
  return (removeFields(whole, dropped(shape, whole), shape) ?? {}) as JsonObject;
}
