import { sequenceOf, revisionOf } from '@taffrail/platform/brand';
import type { Actor, EventVerb, LogEvent, RequestKind } from '@taffrail/log/event';
import type { RecordedChange } from '@taffrail/projection/read-model';
import type { EncryptedResources } from '@taffrail/resources/encrypted-resources';
import { isJsonObject, type JsonObject } from '@taffrail/resources/json';
import { withoutHidden } from './hidden-values.ts';
import { changesInWords, objectChanges, type ObjectChange } from './object-changes.ts';

/** Which object a change is of. */
export interface ChangedReference {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** A change as the history API tells it. Revisions are texts, as everywhere in the API. */
export interface ChangeEntry {
  readonly revision: string;
  /** "0" for a creation. */
  readonly previousRevision: string;
  /** RFC 3339 with milliseconds. */
  readonly time: string;
  readonly verb: EventVerb;
  readonly uid: string;
  readonly about: ChangedReference;
  readonly actor: Actor;
  readonly cause: { readonly revision?: string; readonly correlation: string; readonly traceparent: string };
  readonly request: RequestKind;
  readonly transaction: { readonly first: string; readonly last: string };
  /** What an update changed, without what is hidden; none for a creation or a deletion. */
  readonly changes: readonly ObjectChange[];
  /** All of it in one line: `replicas 3 → 5 by alice (kubectl scale)`. */
  readonly summary: string;
}

/** What was changed, by whom, when and why. */
export function changeEntry({ event, before }: RecordedChange, encrypts: EncryptedResources): ChangeEntry {
  const object = parsed(event.object);
  const changes =
    event.verb === 'updated' && before !== undefined
      ? withoutHidden(event, objectChanges(parsed(before), object), encrypts)
      : [];
  return { ...entryHead(event), about: referenceOf(event, object), changes, summary: summaryOf(event, changes) };
}

/** What an entry says of an event beside its object. */
export function entryHead(event: LogEvent): Omit<ChangeEntry, 'about' | 'changes' | 'summary'> {
  const { actor, cause, request, verb, uid } = event;
  const commit = sequenceOf(event.revision);
  return {
    revision: String(event.revision),
    previousRevision: String(event.previousRevision),
    time: new Date(event.timeMs).toISOString(),
    verb,
    uid,
    actor,
    cause: {
      ...(cause.revision === undefined ? {} : { revision: String(cause.revision) }),
      correlation: cause.correlation,
      traceparent: cause.traceparent,
    },
    request,
    transaction: {
      first: String(revisionOf(commit, event.transactionStart)),
      last: String(revisionOf(commit, event.transactionEnd)),
    },
  };
}

function referenceOf({ group, version, resource, namespace, name }: LogEvent, object: JsonObject): ChangedReference {
  const { kind } = object;
  return { group, version, resource, kind: typeof kind === 'string' ? kind : '', namespace, name };
}

/** An object's bytes as JSON. */
export function parsed(stored: Uint8Array): JsonObject {
  const value: unknown = JSON.parse(Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength).toString());
  return isJsonObject(value) ? value : {};
}

function summaryOf(event: LogEvent, changes: readonly ObjectChange[]): string {
  return `${whatOf(event, changes)} by ${whoOf(event)} (${programOf(event)})`;
}

function whatOf({ verb, request }: LogEvent, changes: readonly ObjectChange[]): string {
  if (verb !== 'updated') return verb;
  const ends = changes.some(({ path, from }) => path === 'metadata.deletionTimestamp' && from === undefined);
  if (ends) return 'marked for deletion';
  return changesInWords(changes) || (request.verb === 'bind' ? 'bound' : 'no field changed');
}

/** Both names where one user acted as another: a reader must not blame whom was only lent the name. */
function whoOf({ actor: { user, impersonator } }: LogEvent): string {
  return impersonator === undefined ? user : `${user}, impersonated by ${impersonator}`;
}

/** What program acted and what it asked for: `kubectl scale`, `deployment-controller update`. */
function programOf({ actor: { fieldManager, userAgent }, request }: LogEvent): string {
  const program = fieldManager === '' ? (userAgent.split('/')[0] ?? '') : fieldManager;
  if (program.startsWith('kubectl-')) return program.replace('-', ' ');
  const asked = request.subresource === '' ? request.verb : request.subresource;
  return program === '' ? asked : `${program} ${asked}`;
}
