import { assert } from './assert.ts';

declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** A stream sequence of the log: 1 is the genesis commit, 0 stands before everything. */
export type Sequence = Brand<number, 'Sequence'>;
/** A `resourceVersion`: `sequence * 1024 + index in commit`, an integer below 2^53. 0 means "never". */
export type Revision = Brand<number, 'Revision'>;
/** An object's `metadata.uid`. */
export type Uid = Brand<string, 'Uid'>;

/** How many events one commit may hold; fixed by the revision format. */
export const EVENTS_PER_COMMIT = 1024;

/** The last sequence whose events all have a revision. */
export const LAST_SEQUENCE = Math.floor(Number.MAX_SAFE_INTEGER / EVENTS_PER_COMMIT);

/** Takes a non-negative safe integer for a sequence. Asserts; parse user input first. */
export function sequence(value: number): Sequence {
  assert(Number.isSafeInteger(value) && value >= 0, `not a sequence: ${value}`);
  return value as Sequence;
}

/** Takes a non-negative safe integer for a revision. Asserts; parse user input with `parseRevision`. */
export function revision(value: number): Revision {
  assert(Number.isSafeInteger(value) && value >= 0, `not a revision: ${value}`);
  return value as Revision;
}

/** The revision of the event at `index` of the commit at `at`. */
export function revisionOf(at: Sequence, index: number): Revision {
  assert(index >= 0 && index < EVENTS_PER_COMMIT, `event index ${index} is out of range`);
  return revision(at * EVENTS_PER_COMMIT + index);
}

/** The commit that holds a revision. */
export function sequenceOf(at: Revision): Sequence {
  return sequence(Math.floor(at / EVENTS_PER_COMMIT));
}

/** Reads a decimal revision as clients write it; `undefined` when it is not one. */
export function parseRevision(text: string): Revision | undefined {
  if (!/^(0|[1-9][0-9]{0,15})$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? revision(value) : undefined;
}

/** Takes any non-empty text for a uid. */
export function uid(value: string): Uid {
  assert(value.length > 0, 'a uid is not empty');
  return value as Uid;
}
