import type { Revision, Uid } from '@taffrail/platform/brand';
import type { RecordedChange } from '@taffrail/projection/read-model';
import type { EncryptedResources } from '@taffrail/resources/encrypted-resources';
import { isJsonObject, type JsonObject } from '@taffrail/resources/json';
import { keyText, type ObjectKey } from '@taffrail/resources/object';
import { parsed } from '../change-entry.ts';
import { referenceOf } from '../object-pair.ts';
import { shownPath } from '../hidden-values.ts';
import { controllerOf, isAllocatedAddress, LEFT_TO_SERVICE, metadataOf } from './owners.ts';
import { contentOf, objectToCreate, objectToUpdate, type Freedom } from './restored-object.ts';
import { takenBack } from './three-way.ts';
import {
  inOrder,
  shownChanges,
  type UndoAction,
  type UndoConflict,
  type UndoneElsewhere,
  type UndoPlan,
} from './undo-plan.ts';

/** An object as it is now. */
export interface PresentObject {
  readonly uid: Uid;
  readonly revision: Revision;
  readonly stored: Uint8Array;
}

/** What one transaction made of one object. */
interface Effect {
  readonly key: ObjectKey;
  readonly version: string;
  readonly before: JsonObject | undefined;
  readonly after: JsonObject | undefined;
}

/**
 * Plans how one transaction is taken back: what it created is deleted, what it deleted is created again, and what it
 * changed goes back field by field. What was changed later is a conflict; `force` decides it for what was before.
 */
export function planTransactionUndo(
  transaction: readonly RecordedChange[],
  presentOf: (key: ObjectKey) => PresentObject | undefined,
  free: Freedom,
  force: boolean,
  encrypts: EncryptedResources,
): UndoPlan {
  const effects = effectsOf(transaction);
  const goneNamespaces = new Set(
    effects
      .filter(({ key, before }) => key.group === '' && key.resource === 'namespaces' && before === undefined)
      .map(({ key }) => key.name),
  );
  const actions: UndoAction[] = [];
  const left: UndoneElsewhere[] = [];
  const conflicts: UndoConflict[] = [];
  for (const effect of effects) {
    // Its content goes with a namespace.
    if (goneNamespaces.has(effect.key.namespace)) continue;
    const step = stepOf(effect, presentOf(effect.key), { free, force, encrypts });
    if (step.action !== undefined) actions.push(step.action);
    if (step.left !== undefined) left.push(step.left);
    conflicts.push(...step.conflicts);
  }
  return { actions: inOrder(actions), left, conflicts, renewals: new Map() };
}

/** An object may be changed more than once in a transaction: what counts is how it came in and how it went out. */
function effectsOf(transaction: readonly RecordedChange[]): readonly Effect[] {
  const effects = new Map<string, Effect>();
  for (const { event, before } of transaction.toSorted((a, b) => a.event.revision - b.event.revision)) {
    const { group, resource, namespace, name, version } = event;
    const key = { group, resource, namespace, name };
    const first = effects.get(keyText(key));
    const earlier = before === undefined || event.verb === 'created' ? undefined : parsed(before);
    effects.set(keyText(key), {
      key,
      version,
      before: first === undefined ? earlier : first.before,
      after: event.verb === 'deleted' ? undefined : parsed(event.object),
    });
  }
  return [...effects.values()];
}

interface Taking {
  readonly free: Freedom;
  readonly force: boolean;
  readonly encrypts: EncryptedResources;
}

interface TakenStep {
  readonly action?: UndoAction;
  readonly left?: UndoneElsewhere;
  readonly conflicts: readonly UndoConflict[];
}

const NOTHING: TakenStep = Object.freeze({ conflicts: [] });

function stepOf(
  { key, version, before, after }: Effect,
  present: PresentObject | undefined,
  { free, force, encrypts }: Taking,
): TakenStep {
  const now = present === undefined ? undefined : parsed(present.stored);
  const about = referenceOf(key, { version }, now ?? after ?? before);
  const conflict = (why: string, overridable = true): UndoConflict => ({ about, why, overridable });
  const controller = controllerOf(now) ?? controllerOf(after ?? before);
  if (before === undefined && after === undefined) return NOTHING;
  if (isAllocatedAddress(key, after ?? before)) return { left: { about, why: LEFT_TO_SERVICE }, conflicts: [] };
  if (controller !== undefined)
    return { left: { about, why: `left to ${controller}, which controls it` }, conflicts: [] };
  if (now !== undefined && metadataOf(now)['deletionTimestamp'] !== undefined) {
    return before === undefined ? NOTHING : { conflicts: [conflict('it is being deleted and not gone yet', false)] };
  }
  if (before === undefined) {
    if (present === undefined || now === undefined) return NOTHING;
    const changed = shownChanges(key, contentOf(after ?? {}), contentOf(now), encrypts).length > 0;
    const action: UndoAction = { type: 'delete', key, about, present, changes: [] };
    return { action, conflicts: changed ? [conflict('it was changed after it was created')] : [] };
  }
  if (present === undefined || now === undefined) {
    const { uid } = metadataOf(before);
    const formerUid = typeof uid === 'string' ? { formerUid: uid } : {};
    const action: UndoAction = {
      type: 'create',
      key,
      about,
      object: objectToCreate(key, before, free),
      ...formerUid,
      changes: [],
    };
    return { action, conflicts: after === undefined ? [] : [conflict('it was deleted later')] };
  }
  const taken =
    after === undefined
      ? { value: contentOf(before), conflicts: ['it was created again later'] }
      : contentTakenBack({ before, after, now }, force);
  const object = objectToUpdate(key, isJsonObject(taken.value) ? taken.value : contentOf(now), now);
  const changes = shownChanges(key, now, object, encrypts);
  const whys = taken.conflicts.map((why) =>
    after === undefined ? why : `${shownPath(key, why, encrypts)} was changed later`,
  );
  const conflicts = [...new Set(whys)].map((why) => conflict(why));
  return changes.length === 0
    ? { conflicts }
    : { action: { type: 'update', key, about, object, present, changes }, conflicts };
}

function contentTakenBack(
  { before, after, now }: { readonly before: JsonObject; readonly after: JsonObject; readonly now: JsonObject },
  force: boolean,
) {
  return takenBack({ before: contentOf(before), after: contentOf(after), present: contentOf(now) }, force);
}
