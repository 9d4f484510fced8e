import { ValueType, type Attributes, type HrTime } from '@opentelemetry/api';
import type { Resource } from '@opentelemetry/resources';
import {
  AggregationTemporality,
  DataPointType,
  type DataPoint,
  type Histogram,
  type MetricData,
  type MetricProducer,
} from '@opentelemetry/sdk-metrics';
import { assertNever } from '@taffrail/platform/assert';
import type { Clock } from '@taffrail/platform/clock';
import type { MetricFamily, Metrics, Sample } from '@taffrail/platform/metrics';

/** Hands the process's own metrics to OpenTelemetry's reader, under the names that Prometheus sees as well. */
export function metricProducer(metrics: Metrics, resource: Resource, clock: Clock): MetricProducer {
  const startTime = hrTime(clock.nowMs());
  return {
    // A promise because the interface asks for one.
    async collect() {
      const families = metrics.collect();
      const endTime = hrTime(clock.nowMs());
      const point = <T>(family: MetricFamily, sample: Sample, value: T): DataPoint<T> => ({
        startTime,
        endTime,
        attributes: attributesOf(family, sample),
        value,
      });
      const scopeMetrics = [
        { scope: { name: 'taffrail' }, metrics: families.map((family) => metricOf(family, point)) },
      ];
      return { resourceMetrics: { resource, scopeMetrics }, errors: [] };
    },
  };
}

type Point = <T>(family: MetricFamily, sample: Sample, value: T) => DataPoint<T>;

function metricOf(family: MetricFamily, point: Point): MetricData {
  const { name, help, type, samples } = family;
  const unit = name.endsWith('_bytes') ? 'By' : /_seconds(_total)?$/.test(name) ? 's' : '1';
  const descriptor = { name, description: help, unit, valueType: ValueType.DOUBLE };
  const aggregationTemporality = AggregationTemporality.CUMULATIVE;
  switch (type) {
    case 'counter':
      return {
        descriptor,
        aggregationTemporality,
        dataPointType: DataPointType.SUM,
        isMonotonic: true,
        dataPoints: samples.map((sample) => point(family, sample, sample.value)),
      };
    case 'gauge':
      return {
        descriptor,
        aggregationTemporality,
        dataPointType: DataPointType.GAUGE,
        dataPoints: samples.map((sample) => point(family, sample, sample.value)),
      };
    case 'histogram':
      return {
        descriptor,
        aggregationTemporality,
        dataPointType: DataPointType.HISTOGRAM,
        dataPoints: samples.map((sample) => point(family, sample, histogramOf(family, sample))),
      };
    default:
      return assertNever(type);
  }
}

function histogramOf({ bounds }: MetricFamily, { value, counts = [] }: Sample): Histogram {
  const count = counts.reduce((sum, one) => sum + one, 0);
  return { buckets: { boundaries: [...bounds], counts: [...counts] }, sum: value, count };
}

function attributesOf({ labels }: MetricFamily, { values }: Sample): Attributes {
  return Object.fromEntries(labels.map((label, at) => [label, values[at] ?? '']));
}

function hrTime(epochMs: number): HrTime {
  const seconds = Math.floor(epochMs / 1000);
  return [seconds, Math.round((epochMs - seconds * 1000) * 1e6)];
}
