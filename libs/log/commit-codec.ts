import { assert } from '@taffrail/platform/assert';
import { EVENTS_PER_COMMIT, LAST_SEQUENCE, sequence, type Sequence } from '@taffrail/platform/brand';
import { messageOf, OperatingError } from '@taffrail/platform/failure';
import { COMMIT_FORMAT, type Commit, type CommitDraft, type CommitHeader, type Genesis } from './commit.ts';
import { actorProblem, decodeEvent, encodeEvent, eventProblem, placeEvent, type EncodedEvent } from './event-header.ts';
import type { Actor, LogEvent } from './event.ts';
import { hashOf, isHash } from './hash-chain.ts';

/*
 * A commit's payload is one line of JSON (the header), a newline, and then the objects of its events, one directly behind
 * the other, byte for byte as the state machine made them. The header holds each object's length. Nothing else of the
 * NATS message (headers, timestamp, subject) is evidence.
 */

interface EncodedHeader {
  readonly format: number;
  readonly sequence: number;
  readonly previousHash: string;
  readonly timeMs: number;
  readonly genesis?: Genesis;
  /** Each actor once; events name them by index. */
  readonly actors: readonly Actor[];
  readonly events: readonly EncodedEvent[];
}

const NEWLINE = 0x0a;

/**
 * The payload of a commit. Asserts that what it is given decodes again (`commitProblem`).
 * A sequence of 0 means "the stream's own" and is for last-value streams only (`latest-log.ts`).
 */
export function encodeCommit(draft: CommitDraft): Buffer {
  assert(draft.format === COMMIT_FORMAT, `this build writes format ${COMMIT_FORMAT}`);
  const actors = new Map<string, number>();
  const actorIndex = (actor: Actor): number => {
    const text = JSON.stringify(actor);
    const known = actors.get(text);
    if (known !== undefined) return known;
    actors.set(text, actors.size);
    return actors.size - 1;
  };
  const events = draft.events.map((event) => encodeEvent(event, actorIndex(event.actor)));
  const header: EncodedHeader = {
    format: draft.format,
    sequence: draft.sequence,
    previousHash: draft.previousHash,
    timeMs: draft.timeMs,
    ...(draft.genesis === undefined ? {} : { genesis: draft.genesis }),
    actors: [...actors.keys()].map((text) => JSON.parse(text) as Actor),
    events,
  };
  const problem = headerProblem(header);
  assert(problem === undefined, `a commit about to be written ${problem}`);
  return Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), ...draft.events.map((event) => event.object)]);
}

/**
 * Decodes a payload. `place` is the stream sequence it was found at: the header must name the same one, or 0 in a last-value stream.
 * Event objects are views of `payload`; whoever keeps one longer than the commit copies it.
 * Throws OperatingError `format-too-new`, or `log-corrupt` with what is wrong.
 */
export function decodeCommit(payload: Uint8Array, place?: Sequence): Commit {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const header = decodeHeader(bytes, place);
  const at = placeOf(header, place);
  const events: LogEvent[] = [];
  let offset = bytes.indexOf(NEWLINE) + 1;
  for (const [index, entry] of header.events.entries()) {
    const actor = header.actors[entry.actor];
    assert(actor !== undefined, 'a checked entry names an actor');
    const object = bytes.subarray(offset, offset + entry.bytes);
    offset += entry.bytes;
    events.push(decodeEvent(entry, { sequence: at, index, timeMs: header.timeMs, actor, object }));
  }
  requireEnd(bytes, offset, at);
  return {
    format: header.format,
    sequence: at,
    previousHash: header.previousHash,
    timeMs: header.timeMs,
    ...(header.genesis === undefined ? {} : { genesis: header.genesis }),
    events,
    hash: hashOf(payload),
    payload,
  };
}

/** What `decodeCommit` makes of the payload that a draft was just encoded to, without reading it again. */
export function encodedCommit(draft: CommitDraft, payload: Buffer): Commit {
  let offset = payload.byteLength;
  for (const { object } of draft.events) offset -= object.byteLength;
  const events = draft.events.map((event, index): LogEvent => {
    const object = payload.subarray(offset, offset + event.object.byteLength);
    offset += object.byteLength;
    return placeEvent(event, { sequence: draft.sequence, index, timeMs: draft.timeMs, object });
  });
  return { ...draft, events, hash: hashOf(payload), payload };
}

/** What the chain needs to know of a commit, without its events. */
export interface InspectedCommit extends CommitHeader {
  readonly hash: string;
  readonly eventsCount: number;
}

/** Checks a payload as strictly as `decodeCommit` does, but makes no events. Throws the same. */
export function inspectCommit(payload: Uint8Array, place?: Sequence): InspectedCommit {
  const bytes = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength);
  const header = decodeHeader(bytes, place);
  const at = placeOf(header, place);
  let end = bytes.indexOf(NEWLINE) + 1;
  for (const entry of header.events) end += entry.bytes;
  requireEnd(bytes, end, at);
  return {
    format: header.format,
    sequence: at,
    previousHash: header.previousHash,
    timeMs: header.timeMs,
    ...(header.genesis === undefined ? {} : { genesis: header.genesis }),
    eventsCount: header.events.length,
    hash: hashOf(payload),
  };
}

function placeOf(header: EncodedHeader, place: Sequence | undefined): Sequence {
  const at = header.sequence === 0 && place !== undefined ? place : sequence(header.sequence);
  if (place !== undefined && at !== place) throw corrupt(place, `says it is commit ${at}`);
  return at;
}

function requireEnd(bytes: Buffer, end: number, at: Sequence): void {
  if (end !== bytes.byteLength) throw corrupt(at, `holds ${bytes.byteLength} bytes where its header counts ${end}`);
}

function decodeHeader(bytes: Buffer, place: Sequence | undefined): EncodedHeader {
  const end = bytes.indexOf(NEWLINE);
  if (end === -1) throw corrupt(place, 'has no header line');
  let header: unknown;
  try {
    header = JSON.parse(bytes.toString('utf8', 0, end));
  } catch (error) {
    throw corrupt(place, `has a header that is not JSON (${messageOf(error)})`, error);
  }
  const format: unknown = (header as { format?: unknown } | null)?.format;
  if (typeof format === 'number' && Number.isSafeInteger(format) && format > COMMIT_FORMAT) {
    throw new OperatingError(
      'format-too-new',
      `commit ${place ?? ''} has format ${format}; this build reads up to ${COMMIT_FORMAT}: use a newer one`,
    );
  }
  const problem = headerProblem(header);
  if (problem !== undefined) throw corrupt(place, problem);
  return header as EncodedHeader;
}

/** What is wrong with a header, or undefined: the assertion both sides share. */
function headerProblem(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'has a header that is not an object';
  const header = value as Partial<Record<keyof EncodedHeader, unknown>>;
  if (header.format !== COMMIT_FORMAT) return 'has no known format';
  if (!isCount(header.sequence)) return 'has no sequence';
  if (header.sequence > LAST_SEQUENCE) return `has a sequence (${header.sequence}) whose events have no revision`;
  if (!isCount(header.timeMs)) return 'has no time';
  if (typeof header.previousHash !== 'string' || !isHash(header.previousHash)) return 'has no previous hash';
  const { actors, events } = header;
  if (!Array.isArray(actors) || !Array.isArray(events)) return 'has no events';
  if (events.length > EVENTS_PER_COMMIT) return `has ${events.length} events`;
  if ((header.genesis === undefined) !== events.length > 0) return 'is neither a genesis nor a commit of events';
  return genesisProblem(header.genesis) ?? actorsProblem(actors) ?? eventsProblem(events, actors.length);
}

function genesisProblem(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  const genesis: Partial<Record<keyof Genesis, unknown>> = value ?? {};
  const good =
    typeof genesis.incarnation === 'string' &&
    isCount(genesis.previousSegmentSequence) &&
    typeof genesis.previousSegmentHash === 'string' &&
    isHash(genesis.previousSegmentHash);
  return good ? undefined : 'has a malformed genesis';
}

function actorsProblem(actors: readonly unknown[]): string | undefined {
  for (const [index, actor] of actors.entries()) {
    const problem = actorProblem(actor);
    if (problem !== undefined) return `has an actor (${index}) that ${problem}`;
  }
  return undefined;
}

function eventsProblem(events: readonly unknown[], actors: number): string | undefined {
  for (const [index, entry] of events.entries()) {
    const problem = eventProblem(entry, index, events.length, actors);
    if (problem !== undefined) return `has an event (${index}) that ${problem}`;
  }
  return undefined;
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function corrupt(place: Sequence | undefined, what: string, cause?: unknown): OperatingError {
  return new OperatingError('log-corrupt', `commit ${place ?? '(unplaced)'} ${what}`, { cause });
}
