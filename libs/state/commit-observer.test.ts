import { describe, expect, test } from 'vitest';
import { systemClock } from '@taffrail/platform/clock';
import { Metrics } from '@taffrail/platform/metrics';
import { prometheusText } from '@taffrail/platform/prometheus-text';
import { recordingTracer, someTraceparent } from '@taffrail/platform/testing/recording-tracer';
import { CommitObserver } from './commit-observer.ts';
import { TEST_REQUEST } from './testing/machine.ts';

const request = (number: number) => ({
  ...TEST_REQUEST,
  cause: { correlation: 'c', traceparent: someTraceparent(number) },
});

describe('CommitObserver', () => {
  test('each request has its commit; the one append hangs below the first and names the others', () => {
    const { tracer, spans } = recordingTracer();
    const observer = new CommitObserver('LOG', systemClock, tracer, new Metrics());
    observer.commit([request(1), request(2)], { sequence: 9, events: 2, bytes: 700 }).stored([9216, 9217]);
    const [first, second, append] = spans;
    expect(first).toMatchObject({ name: 'commit', parent: someTraceparent(1), ended: true });
    expect(second).toMatchObject({ name: 'commit', parent: someTraceparent(2), ended: true });
    expect(append).toMatchObject({ name: 'append LOG', parent: first?.traceparent, links: [second?.traceparent] });
    expect([first, second].map((span) => span?.attributes.get('taffrail.revision'))).toEqual([9216, 9217]);
    expect(append?.ended).toBe(true);
  });

  test('a commit that the log refused is a failed span, counted as refused', () => {
    const { tracer, spans } = recordingTracer();
    const metrics = new Metrics();
    const observer = new CommitObserver('LOG', systemClock, tracer, metrics);
    observer.commit([request(1)], { sequence: 9, events: 1, bytes: 700 }).refused(new Error('no room'));
    expect(spans.every(({ failure, ended }) => failure === 'no room' && ended)).toBe(true);
    expect(prometheusText(metrics.collect())).toContain('taffrail_commits_total{log="LOG",outcome="refused"} 1');
  });
});
