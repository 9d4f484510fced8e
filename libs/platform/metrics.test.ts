import { describe, expect, test } from 'vitest';
import { AssertionFailure } from './assert.ts';
import { limits } from './limits.ts';
import { Metrics } from './metrics.ts';
import { prometheusText } from './prometheus-text.ts';

describe('Metrics', () => {
  test('counters, gauges and histograms are told in Prometheus’ text format', () => {
    const metrics = new Metrics();
    const requests = metrics.counter('requests_total', 'Requests.', ['code']);
    requests.add(1, '200');
    requests.add(2, '200');
    requests.add(1, '4"0\\4\n');
    metrics.gauge('depth', 'Depth.').set(7);
    const seconds = metrics.histogram('seconds', 'Time.', [0.1, 1]);
    for (const value of [0.1, 0.5, 3]) seconds.observe(value);
    expect(prometheusText(metrics.collect())).toBe(
      [
        '# HELP requests_total Requests.',
        '# TYPE requests_total counter',
        'requests_total{code="200"} 3',
        'requests_total{code="4\\"0\\\\4\\n"} 1',
        '# HELP depth Depth.',
        '# TYPE depth gauge',
        'depth 7',
        '# HELP seconds Time.',
        '# TYPE seconds histogram',
        'seconds_bucket{le="0.1"} 1',
        'seconds_bucket{le="1"} 2',
        'seconds_bucket{le="+Inf"} 3',
        'seconds_sum 3.6',
        'seconds_count 3',
        '',
      ].join('\n'),
    );
  });

  test('two parts of a process that declare one metric count together, and must agree on it', () => {
    const metrics = new Metrics();
    metrics.counter('a_total', 'A.', ['x']).add(1, 'one');
    metrics.counter('a_total', 'A.', ['x']).add(1, 'one');
    expect(metrics.collect()).toHaveLength(1);
    expect(metrics.collect()[0]?.samples).toEqual([{ values: ['one'], value: 2 }]);
    expect(() => metrics.gauge('a_total', 'A.', ['x'])).toThrow(AssertionFailure);
    expect(() => metrics.counter('a_total', 'A.', ['y'])).toThrow(AssertionFailure);
  });

  test('label values from outside cannot fill the memory: beyond the bound they are counted together', () => {
    const metrics = new Metrics();
    const counter = metrics.counter('many_total', 'Many.', ['name']);
    for (let at = 0; at < limits.metricSeriesCount + 50; at++) counter.add(1, `name-${at}`);
    const samples = metrics.collect()[0]?.samples ?? [];
    expect(samples).toHaveLength(limits.metricSeriesCount + 1);
    expect(samples.at(-1)).toEqual({ values: ['other'], value: 50 });
  });

  test('what is read rather than counted is read before each collection', () => {
    const metrics = new Metrics();
    const gauge = metrics.gauge('now', 'Now.');
    let value = 1;
    metrics.beforeCollect(() => gauge.set(value));
    expect(metrics.collect()[0]?.samples[0]?.value).toBe(1);
    value = 2;
    expect(metrics.collect()[0]?.samples[0]?.value).toBe(2);
  });
});
