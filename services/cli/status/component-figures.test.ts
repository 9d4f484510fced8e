import { describe, expect, test } from 'vitest';
import { figuresOf, figuresText } from './component-figures.ts';
import type { ComponentSample } from './component-sample.ts';
import { readMetrics } from './metrics-text.ts';

function api(requests: number, pid = 7): ComponentSample {
  const metrics = readMetrics(
    [
      '# TYPE apiserver_request_total counter',
      `apiserver_request_total{verb="GET",code="200"} ${requests}`,
      `apiserver_request_total{verb="PUT",code="200"} ${requests * 2}`,
      'taffrail_projection_lag_seconds{log="LOG"} 0.25',
      'taffrail_projection_lag_seconds{log="EVENTS"} 1.5',
      'taffrail_event_loop_delay_seconds{quantile="0.5"} 0.001',
      'taffrail_event_loop_delay_seconds{quantile="0.99"} 0.004',
    ].join('\n'),
  );
  const place = { name: 'api', state: 'ready', address: '', rssBytes: 1, cpuMs: 1, metricsUrl: 'http://x/metrics' };
  return { ...place, pid, metrics };
}

describe('figures of a component', () => {
  test('numbers of the moment come from one sample, rates from two', () => {
    expect(figuresOf(api(10))).toEqual({ projectionLagSeconds: 1.5, eventLoopDelayP99Ms: 4 });
    expect(figuresOf(api(20), api(10), 2)).toMatchObject({ requestsPerSecond: 15 });
  });

  test('a component that was started again has no rate yet: its counters began anew', () => {
    expect(figuresOf(api(2, 8), api(10, 7), 2)).not.toHaveProperty('requestsPerSecond');
  });

  test('what does not answer has no figures', () => {
    expect(figuresOf({ ...api(1), metrics: undefined })).toEqual({});
  });

  test('in words, what is 0 and would only be noise is left out', () => {
    const quiet = { requestsPerSecond: 0, waitingWrites: 0, eventLoopDelayP99Ms: 3.14 };
    expect(figuresText('api', quiet)).toBe('0 req/s, loop p99 3.1 ms');
    expect(figuresText('api', { ...quiet, waitingWrites: 12 })).toBe('0 req/s, 12 writes wait, loop p99 3.1 ms');
    expect(figuresText('nats', {})).toBe('');
  });
});

describe('readMetrics', () => {
  test('sums the series that hold the labels, quoted characters included', () => {
    const metrics = readMetrics('a{x="1",y="a\\"b"} 2\na{x="1"} 3\na{x="2"} 40\nnot a line\nb 7\n');
    expect(metrics.sum('a', { x: '1' })).toBe(5);
    expect(metrics.sum('a')).toBe(45);
    expect(metrics.largest('a')).toBe(40);
    expect(metrics.sum('b')).toBe(7);
    expect(metrics.sum('none')).toBeUndefined();
  });
});
