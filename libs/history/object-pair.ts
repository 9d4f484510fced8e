import type { ChangedObject, ProjectedObject } from '@taffrail/projection/read-model';
import type { ObjectKey } from '@taffrail/resources/object';
import type { JsonObject } from '@taffrail/resources/json';
import { parsed, type ChangedReference } from './change-entry.ts';
import { withoutHidden } from './hidden-values.ts';
import { objectChanges, type ObjectChange } from './object-changes.ts';
import { shownObject, type Showing } from './shown-object.ts';

/** How an object differs between two moments. Revisions and states are absent where it was not there. */
export interface ObjectDifference {
  readonly about: ChangedReference;
  readonly fromRevision?: string;
  readonly toRevision?: string;
  readonly from?: JsonObject;
  readonly to?: JsonObject;
  /** Field by field, where it was there at both. */
  readonly changes: readonly ObjectChange[];
}

/** The difference of an object at two moments; undefined when there is none to show. */
export function objectDifference({ key, from, to }: ChangedObject, showing: Showing): ObjectDifference | undefined {
  const before = from === undefined ? undefined : parsed(from.stored);
  const now = to === undefined ? undefined : parsed(to.stored);
  const [shownBefore, shownNow] = [
    before === undefined ? undefined : shownObject(key, before, showing),
    now === undefined ? undefined : shownObject(key, now, showing, before),
  ];
  if (JSON.stringify(shownBefore) === JSON.stringify(shownNow)) return undefined;
  return {
    about: referenceOf(key, to ?? from, now ?? before),
    ...(from === undefined ? {} : { fromRevision: String(from.revision) }),
    ...(to === undefined ? {} : { toRevision: String(to.revision) }),
    ...(shownBefore === undefined ? {} : { from: shownBefore }),
    ...(shownNow === undefined ? {} : { to: shownNow }),
    changes:
      before === undefined || now === undefined ? [] : withoutHidden(key, objectChanges(before, now), showing.encrypts),
  };
}

/** What an object is called, told by its key and one of its states. */
export function referenceOf(
  { group, resource, namespace, name }: ObjectKey,
  state: Pick<ProjectedObject, 'version'> | undefined,
  object: JsonObject | undefined,
): ChangedReference {
  const kind = object?.['kind'];
  return {
    group,
    version: state?.version ?? '',
    resource,
    kind: typeof kind === 'string' ? kind : '',
    namespace,
    name,
  };
}
