import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { revision, sequence, uid } from '@taffrail/platform/brand';
import { AssertionFailure } from '@taffrail/platform/assert';
import { OperatingError } from '@taffrail/platform/failure';
import type { CommitDraft } from './commit.ts';
import { decodeCommit, encodeCommit, encodedCommit } from './commit-codec.ts';
import { commitChain, draftCommit, draftEvent } from './testing/drafts.ts';
import type { EventDraft } from './event.ts';
import { hashOf, ZERO_HASH } from './hash-chain.ts';

const actor = fc.record({
  user: fc.string(),
  groups: fc.array(fc.string(), { maxLength: 3 }),
  userAgent: fc.string(),
  address: fc.string(),
  fieldManager: fc.string(),
});
const name = fc.string({ minLength: 1, unit: 'grapheme' });
const event: fc.Arbitrary<EventDraft> = fc
  .record({
    verb: fc.constantFrom('created', 'updated', 'deleted'),
    group: fc.string(),
    version: name,
    resource: name,
    namespace: fc.string(),
    name,
    uid: name.map(uid),
    previous: fc.integer({ min: 1, max: 2 ** 52 }),
    object: fc.uint8Array({ minLength: 2, maxLength: 200 }),
    actor,
    cause: fc.record(
      { revision: fc.nat().map(revision), correlation: fc.string(), traceparent: fc.string() },
      { requiredKeys: ['correlation', 'traceparent'] },
    ),
    request: fc.record({ verb: fc.constantFrom('create', 'apply', 'system'), subresource: fc.string() }),
  })
  .map(({ previous, ...rest }) => ({
    ...rest,
    previousRevision: revision(rest.verb === 'created' ? 0 : previous),
    transactionStart: 0,
    transactionEnd: 0,
  }));
const commit: fc.Arbitrary<CommitDraft> = fc
  .tuple(fc.array(event, { minLength: 1, maxLength: 6 }), fc.nat(), fc.integer({ min: 1, max: 2 ** 40 }))
  .map(([events, timeMs, at]) => ({
    format: 1,
    sequence: sequence(at),
    previousHash: hashOf(Buffer.from(String(at))),
    timeMs,
    events: events.map((draft, index) => ({
      ...draft,
      transactionStart: index < 2 ? 0 : index,
      transactionEnd: index < 2 ? Math.min(1, events.length - 1) : index,
    })),
  }));

describe('commit codec', () => {
  test('a commit that was just encoded is what its payload decodes to', () => {
    fc.assert(
      fc.property(commit, (draft) => {
        const payload = encodeCommit(draft);
        expect(encodedCommit(draft, payload)).toEqual(decodeCommit(payload, draft.sequence));
      }),
    );
  });

  test('what is encoded decodes to the same commit, object bytes included', () => {
    fc.assert(
      fc.property(commit, (draft) => {
        const payload = encodeCommit(draft);
        const decoded = decodeCommit(payload, draft.sequence);
        const { hash, payload: kept, events, ...header } = decoded;
        expect(hash).toBe(hashOf(payload));
        expect(kept).toBe(payload);
        expect(header).toEqual({ ...header, ...(({ events: _events, ...rest }) => rest)(draft) });
        for (const [index, original] of draft.events.entries()) {
          const { object, revision: at, timeMs, ...rest } = events[index]!;
          const { object: originalObject, ...originalRest } = original;
          expect(Buffer.compare(object, originalObject)).toBe(0);
          expect(rest).toEqual(originalRest);
          expect(at).toBe(draft.sequence * 1024 + index);
          expect(timeMs).toBe(draft.timeMs);
        }
        expect(events).toHaveLength(draft.events.length);
      }),
      { numRuns: 200 },
    );
  });

  test('a genesis commit decodes with its genesis and no events', () => {
    const decoded = decodeCommit(encodeCommit(draftCommit()));
    expect(decoded.genesis).toEqual({
      incarnation: 'test',
      previousSegmentSequence: 0,
      previousSegmentHash: ZERO_HASH,
    });
    expect(decoded.events).toEqual([]);
  });

  test('an actor of many events is written once', () => {
    const previous = decodeCommit(encodeCommit(draftCommit()));
    const payload = encodeCommit(
      draftCommit(previous, [draftEvent(), draftEvent({ name: 'b' }), draftEvent({ name: 'c' })]),
    );
    expect(payload.toString().split('"alice"')).toHaveLength(2);
  });

  test('any truncation or extension is refused as log-corrupt', () => {
    const previous = decodeCommit(encodeCommit(draftCommit()));
    const payload = encodeCommit(draftCommit(previous, [draftEvent(), draftEvent({ name: 'b' })]));
    for (let length = 0; length < payload.length; length++) {
      expect(() => decodeCommit(payload.subarray(0, length))).toThrow(OperatingError);
    }
    expect(() => decodeCommit(Buffer.concat([payload, Buffer.from(' ')]))).toThrow(/where its header counts/);
  });

  test('damaged bytes either decode or are refused with an operating error, never anything else', () => {
    fc.assert(
      fc.property(commit, fc.nat(), fc.integer({ min: 1, max: 255 }), (draft, place, flip) => {
        const payload = encodeCommit(draft);
        const at = place % payload.length;
        payload[at] = payload[at]! ^ flip;
        try {
          expect(decodeCommit(payload).hash).not.toBe(hashOf(encodeCommit(draft)));
        } catch (error) {
          expect(error).toBeInstanceOf(OperatingError);
          expect(['log-corrupt', 'format-too-new']).toContain((error as OperatingError).code);
        }
      }),
      { numRuns: 500 },
    );
  });

  test('a sequence too great for its events to have revisions is refused, not stumbled over', () => {
    const [, commit] = commitChain([draftEvent()]);
    const [header = '', object = ''] = Buffer.from(commit?.payload ?? [])
      .toString()
      .split('\n');
    const damaged = (at: number): Buffer =>
      Buffer.from(`${header.replace(/"sequence":\d+/, `"sequence":${at}`)}\n${object}`);
    for (const at of [2 ** 43, Number.MAX_SAFE_INTEGER]) {
      expect(() => decodeCommit(damaged(at))).toThrow(expect.objectContaining({ code: 'log-corrupt' }));
    }
    expect(decodeCommit(damaged(2 ** 43 - 1)).events).toHaveLength(1);
  });

  test('random bytes are refused as log-corrupt', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (payload) => {
        expect(() => decodeCommit(payload)).toThrow(expect.objectContaining({ code: 'log-corrupt' }));
      }),
    );
  });

  test('a newer format is refused as such', () => {
    const payload = Buffer.from('{"format":2,"anything":true}\n');
    expect(() => decodeCommit(payload)).toThrow(expect.objectContaining({ code: 'format-too-new' }));
  });

  test('a commit found at another place than its own is refused', () => {
    const payload = encodeCommit(draftCommit());
    expect(() => decodeCommit(payload, sequence(2))).toThrow(/says it is commit 1/);
  });

  test('the encoder asserts what the decoder would refuse', () => {
    const previous = decodeCommit(encodeCommit(draftCommit()));
    const bad: readonly EventDraft[] = [
      draftEvent({ name: '' }),
      draftEvent({ previousRevision: revision(5) }),
      draftEvent({ verb: 'updated' }),
      draftEvent({ object: new Uint8Array() }),
    ];
    for (const event of bad) {
      expect(() => encodeCommit(draftCommit(previous, [event]))).toThrow(AssertionFailure);
    }
    expect(() => encodeCommit({ ...draftCommit(previous), events: [] })).toThrow(AssertionFailure);
  });
});
