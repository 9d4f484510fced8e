import { revision, revisionOf, uid, type Sequence } from '@taffrail/platform/brand';
import type { Actor, Cause, EventDraft, EventVerb, LogEvent, RequestKind } from './event.ts';

/**
 * An event's part of the commit header: everything but the object, whose bytes follow the header line.
 * Empty texts and zeros are left out. `actor` is an index into the header's `actors`.
 */
export interface EncodedEvent {
  readonly verb: EventVerb;
  readonly group?: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
  readonly previous?: number;
  /** Length of the object's JSON. */
  readonly bytes: number;
  readonly actor: number;
  readonly cause: { readonly revision?: number; readonly correlation: string; readonly traceparent?: string };
  readonly request: { readonly verb: RequestKind['verb']; readonly subresource?: string };
  /** First and last index of the transaction; left out when the event stands alone. */
  readonly transaction?: readonly [number, number];
}

/** The header form of an event. */
export function encodeEvent(event: EventDraft, actor: number): EncodedEvent {
  const { cause, request } = event;
  return {
    verb: event.verb,
    ...(event.group === '' ? {} : { group: event.group }),
    version: event.version,
    resource: event.resource,
    ...(event.namespace === '' ? {} : { namespace: event.namespace }),
    name: event.name,
    uid: event.uid,
    ...(event.previousRevision === 0 ? {} : { previous: event.previousRevision }),
    bytes: event.object.byteLength,
    actor,
    cause: {
      ...(cause.revision === undefined ? {} : { revision: cause.revision }),
      correlation: cause.correlation,
      ...(cause.traceparent === '' ? {} : { traceparent: cause.traceparent }),
    },
    request: { verb: request.verb, ...(request.subresource === '' ? {} : { subresource: request.subresource }) },
    ...(event.transactionStart === event.transactionEnd
      ? {}
      : { transaction: [event.transactionStart, event.transactionEnd] as const }),
  };
}

/** Where a decoded event stands, and the parts of it that the header keeps elsewhere. */
export interface EventPlace {
  readonly sequence: Sequence;
  readonly index: number;
  readonly timeMs: number;
  readonly actor: Actor;
  readonly object: Uint8Array;
}

/** Puts a checked header entry, its object and its place together. */
export function decodeEvent(entry: EncodedEvent, place: EventPlace): LogEvent {
  const [transactionStart, transactionEnd] = entry.transaction ?? [place.index, place.index];
  return {
    revision: revisionOf(place.sequence, place.index),
    timeMs: place.timeMs,
    verb: entry.verb,
    group: entry.group ?? '',
    version: entry.version,
    resource: entry.resource,
    namespace: entry.namespace ?? '',
    name: entry.name,
    uid: uid(entry.uid),
    previousRevision: revision(entry.previous ?? 0),
    object: place.object,
    actor: place.actor,
    cause: decodeCause(entry.cause),
    request: { verb: entry.request.verb, subresource: entry.request.subresource ?? '' },
    transactionStart,
    transactionEnd,
  };
}

/** An event that was just encoded, in its place: what `decodeEvent` makes of its entry. */
export function placeEvent(draft: EventDraft, place: Omit<EventPlace, 'actor'>): LogEvent {
  return {
    revision: revisionOf(place.sequence, place.index),
    timeMs: place.timeMs,
    verb: draft.verb,
    group: draft.group,
    version: draft.version,
    resource: draft.resource,
    namespace: draft.namespace,
    name: draft.name,
    uid: draft.uid,
    previousRevision: draft.previousRevision,
    object: place.object,
    actor: draft.actor,
    cause: draft.cause,
    request: draft.request,
    transactionStart: draft.transactionStart,
    transactionEnd: draft.transactionEnd,
  };
}

function decodeCause(cause: EncodedEvent['cause']): Cause {
  return {
    ...(cause.revision === undefined ? {} : { revision: revision(cause.revision) }),
    correlation: cause.correlation,
    traceparent: cause.traceparent ?? '',
  };
}

const VERBS: Readonly<Record<EventVerb, true>> = { created: true, updated: true, deleted: true };
const REQUEST_VERBS: Readonly<Record<RequestKind['verb'], true>> = {
  create: true,
  update: true,
  patch: true,
  apply: true,
  delete: true,
  deletecollection: true,
  bind: true,
  system: true,
};

const isText = (value: unknown): value is string => typeof value === 'string';
const isOptionalText = (value: unknown): boolean => value === undefined || typeof value === 'string';
const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * What is wrong with an event's header entry, or undefined. Both sides ask: the encoder asserts it (a bug), the decoder
 * reports it (damage). `events` is the number of events in the commit, `actors` the number of its actors.
 */
export function eventProblem(entry: unknown, index: number, events: number, actors: number): string | undefined {
  if (!isRecord(entry)) return 'is not an object';
  if (!isText(entry['verb']) || !Object.hasOwn(VERBS, entry['verb'])) return 'has no known verb';
  for (const field of ['version', 'resource', 'name', 'uid'] as const) {
    if (!isText(entry[field]) || entry[field] === '') return `has no ${field}`;
  }
  if (!isOptionalText(entry['group']) || !isOptionalText(entry['namespace'])) return 'has a malformed place';
  if (!isCount(entry['bytes']) || entry['bytes'] < 2) return 'has no object';
  if (!isCount(entry['actor']) || entry['actor'] >= actors) return 'names no actor';
  return (
    previousProblem(entry) ??
    causeProblem(entry['cause']) ??
    requestProblem(entry['request']) ??
    transactionProblem(entry['transaction'], index, events)
  );
}

function previousProblem(entry: Readonly<Record<string, unknown>>): string | undefined {
  const previous = entry['previous'] ?? 0;
  if (!isCount(previous)) return 'has a malformed previous revision';
  if ((entry['verb'] === 'created') !== (previous === 0)) return 'has a previous revision that does not fit its verb';
  return undefined;
}

function causeProblem(cause: unknown): string | undefined {
  if (!isRecord(cause) || !isText(cause['correlation']) || !isOptionalText(cause['traceparent'])) {
    return 'has a malformed cause';
  }
  return cause['revision'] === undefined || isCount(cause['revision']) ? undefined : 'has a malformed cause';
}

function requestProblem(request: unknown): string | undefined {
  if (!isRecord(request) || !isText(request['verb']) || !Object.hasOwn(REQUEST_VERBS, request['verb'])) {
    return 'has no known request verb';
  }
  return isOptionalText(request['subresource']) ? undefined : 'has a malformed subresource';
}

function transactionProblem(transaction: unknown, index: number, events: number): string | undefined {
  if (transaction === undefined) return undefined;
  if (!Array.isArray(transaction) || transaction.length !== 2) return 'has a malformed transaction';
  const [start, end]: unknown[] = transaction;
  if (!isCount(start) || !isCount(end) || start > index || end < index || end >= events) {
    return 'lies outside its transaction';
  }
  return undefined;
}

/** What is wrong with an actor, or undefined. */
export function actorProblem(actor: unknown): string | undefined {
  if (!isRecord(actor)) return 'is not an object';
  for (const field of ['user', 'userAgent', 'address', 'fieldManager'] as const) {
    if (!isText(actor[field])) return `has no ${field}`;
  }
  if (!isOptionalText(actor['impersonator'])) return 'has a malformed impersonator';
  return Array.isArray(actor['groups']) && actor['groups'].every(isText) ? undefined : 'has malformed groups';
}
