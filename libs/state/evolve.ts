import { uid } from '@taffrail/platform/brand';
import { OperatingError } from '@taffrail/platform/failure';
import type { LogEvent } from '@taffrail/log/event';
import { parseObject } from '@taffrail/log/parse-object';
import type { KubeObject, ObjectKey } from '@taffrail/resources/object';
import { keyText } from '@taffrail/resources/object';
import type { Change } from './change.ts';
import { claimsOf } from './claims.ts';
import { LiveObject, type LiveObjectFields } from './live-object.ts';
import type { LiveSet } from './live-set.ts';
import type { ParsedCache } from './parsed-cache.ts';
import type { ResourceIndex } from './resource-index.ts';
import type { StateView } from './state-view.ts';

/** A change with everything the state keeps of an object. */
export interface LiveChange extends Change {
  readonly current: LiveObject;
  readonly previous: LiveObject | undefined;
}

/** What folding needs beside state and event. */
export interface FoldContext {
  readonly resources: ResourceIndex;
  readonly cache: ParsedCache;
  /**
   * `whole`: every event of every object is there. `window`: the log was cut off at its beginning, so an object's first
   * events may be missing. `latest`: only last values are there, and nothing is known of what they replaced.
   */
  readonly chain: 'whole' | 'window' | 'latest';
}

/**
 * What an event changes. The same state and event give the same change, on every process and in every replay.
 * `contents` is the event's parsed object where the caller has it anyway.
 * Throws OperatingError `log-corrupt` when the event does not continue the object's own chain of revisions.
 */
export function evolve(state: StateView, event: LogEvent, context: FoldContext, contents?: KubeObject): LiveChange {
  const { group, resource, namespace, name } = event;
  const key: ObjectKey = { group, resource, namespace, name };
  const previous = state.get(key, namespace, name);
  const known = previous?.revision ?? 0;
  const checked = context.chain === 'whole' || (context.chain === 'window' && previous !== undefined);
  if (checked && known !== event.previousRevision) {
    throw new OperatingError(
      'log-corrupt',
      `event ${event.revision} continues revision ${event.previousRevision} of ${keyText(key)}, which stands at ${known}`,
    );
  }
  const parsed = contents ?? (parseObject(event.object) as KubeObject);
  const fields: LiveObjectFields = {
    key,
    uid: event.uid,
    revision: event.revision,
    createdRevision: previous?.createdRevision ?? event.revision,
    stored: event.object,
    timeMs: event.timeMs,
    ...indexed(key, parsed, context.resources),
  };
  const current = new LiveObject(fields, context.cache, contents);
  return { revision: event.revision, verb: event.verb, key, current, previous, timeMs: event.timeMs };
}

/** The part of an object's record that is read from inside it. */
export function indexed(
  key: ObjectKey,
  contents: KubeObject,
  resources: ResourceIndex,
): Pick<LiveObjectFields, 'labels' | 'fields' | 'owners' | 'deleting' | 'claims'> {
  const { metadata } = contents;
  const rules = resources.find(key)?.rules;
  return {
    labels: metadata.labels ?? NONE,
    fields: rules === undefined || rules.selectableFieldNames.length === 0 ? NONE : rules.selectableFields(contents),
    owners: metadata.ownerReferences?.map((owner) => uid(owner.uid)) ?? NOBODY,
    deleting: metadata.deletionTimestamp !== undefined && metadata.deletionTimestamp !== null,
    claims: claimsOf(key, contents),
  };
}

const NONE: Readonly<Record<string, string>> = Object.freeze({});
const NOBODY: readonly never[] = Object.freeze([]);

/** Makes a change part of the live set. */
export function applyChange(state: LiveSet, change: LiveChange): void {
  if (change.verb === 'deleted') state.remove(change.key);
  else state.put(change.current);
}
