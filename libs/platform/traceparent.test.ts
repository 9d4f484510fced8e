import { describe, expect, test } from 'vitest';
import { seededRandom } from './random.ts';
import { formatTraceparent, parseTraceparent, traceFields, unrecordedTraceparent } from './traceparent.ts';
import { beginFor, noTracer } from './tracer.ts';
import { recordingTracer, someTraceparent } from './testing/recording-tracer.ts';

describe('traceparent', () => {
  test('is read and written as W3C Trace Context says', () => {
    const text = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const parsed = parseTraceparent(text);
    expect(parsed).toEqual({
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
      sampled: true,
    });
    if (parsed !== undefined) expect(formatTraceparent(parsed)).toBe(text);
  });

  test('is refused when it is anything else, all zeros included', () => {
    const id = '4bf92f3577b34da6a3ce929d0e0e4736';
    for (const text of [
      '',
      `00-${'0'.repeat(32)}-00f067aa0ba902b7-01`,
      `00-${id}-${'0'.repeat(16)}-01`,
      `01-${id}-00f067aa0ba902b7-01`,
      `00-${id.toUpperCase()}-00f067aa0ba902b7-01`,
      `00-${id}-00f067aa0ba902b7-01\n`,
    ]) {
      expect(parseTraceparent(text), text).toBeUndefined();
    }
  });

  test('of a trace nobody records joins log lines and events all the same', () => {
    const text = unrecordedTraceparent(seededRandom(1));
    expect(parseTraceparent(text)?.sampled).toBe(false);
    expect(traceFields(text)).toEqual({ trace_id: text.slice(3, 35), span_id: text.slice(36, 52) });
    expect(traceFields(undefined)).toEqual({});
    expect(traceFields('')).toEqual({});
  });
});

describe('tracer', () => {
  test('that is off makes nothing: every span is the same one', () => {
    const one = noTracer.begin('a', 'server', someTraceparent(1));
    expect(noTracer.begin('b', 'client', '')).toBe(one);
    expect(one.traceparent).toBe('');
  });

  test('work with several causes hangs below the first one and is linked to the others', () => {
    const { tracer, spans } = recordingTracer();
    beginFor(tracer, 'work', 'internal', [1, 2, 3].map(someTraceparent));
    expect(spans).toMatchObject([{ parent: someTraceparent(1), links: [someTraceparent(2), someTraceparent(3)] }]);
  });
});
