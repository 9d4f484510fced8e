import { assert } from './assert.ts';
import { limits } from './limits.ts';

/** A number that only grows. `values` are those of its labels, in the order they were declared. */
export interface Counter {
  add(amount: number, ...values: readonly string[]): void;
}

/** A number of the moment. */
export interface Gauge {
  set(value: number, ...values: readonly string[]): void;
  /** Forgets every series: for gauges whose label values come and go. */
  clear(): void;
}

/** Counts of values by size. */
export interface Histogram {
  observe(value: number, ...values: readonly string[]): void;
}

export type MetricType = 'counter' | 'gauge' | 'histogram';

/** One series of a metric as it was collected. */
export interface Sample {
  readonly values: readonly string[];
  /** The number itself; the sum of a histogram. */
  readonly value: number;
  /** Of a histogram: how many values fell into each bucket, the last one being what lies above every bound. */
  readonly counts?: readonly number[];
}

/** A metric with all its series. */
export interface MetricFamily {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly labels: readonly string[];
  /** Upper bounds of a histogram's buckets. */
  readonly bounds: readonly number[];
  readonly samples: readonly Sample[];
}

interface Series {
  readonly values: readonly string[];
  value: number;
  readonly counts: number[] | undefined;
}

class Family implements MetricFamily, Counter, Gauge, Histogram {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly labels: readonly string[];
  readonly bounds: readonly number[];
  readonly #series = new Map<string, Series>();

  constructor(name: string, help: string, type: MetricType, labels: readonly string[], bounds: readonly number[] = []) {
    this.name = name;
    this.help = help;
    this.type = type;
    this.labels = labels;
    this.bounds = bounds;
    // A number without labels is there from the beginning: 0 is a statement, absence is none.
    if (labels.length === 0) this.#at([]);
  }

  get samples(): readonly Sample[] {
    return [...this.#series.values()].map(({ values, value, counts }) => ({
      values,
      value,
      ...(counts === undefined ? {} : { counts: [...counts] }),
    }));
  }

  add(amount: number, ...values: readonly string[]): void {
    this.#at(values).value += amount;
  }

  set(value: number, ...values: readonly string[]): void {
    this.#at(values).value = value;
  }

  observe(value: number, ...values: readonly string[]): void {
    const series = this.#at(values);
    series.value += value;
    const { counts } = series;
    if (counts === undefined) return;
    let bucket = 0;
    while (bucket < this.bounds.length && value > (this.bounds[bucket] ?? 0)) bucket++;
    counts[bucket] = (counts[bucket] ?? 0) + 1;
  }

  clear(): void {
    this.#series.clear();
  }

  /** Label values that come from outside must not fill the memory: beyond the bound all further series are one. */
  #at(values: readonly string[]): Series {
    const key = values.length === 1 ? (values[0] ?? '') : values.join('\u0000');
    const known = this.#series.get(key);
    if (known !== undefined) return known;
    assert(values.length === this.labels.length, `${this.name} has the labels ${this.labels.join(', ')}`);
    const full = this.#series.size >= limits.metricSeriesCount && values.some((value) => value !== OTHER);
    if (full) return this.#at(values.map(() => OTHER));
    const counts = this.type === 'histogram' ? Array.from({ length: this.bounds.length + 1 }, () => 0) : undefined;
    const series = { values, value: 0, counts };
    this.#series.set(key, series);
    return series;
  }
}

const OTHER = 'other';

/** Everything one process counts of itself. Instruments cost a map lookup; nothing is sent anywhere by them. */
export class Metrics {
  readonly #families = new Map<string, Family>();
  readonly #readers: (() => void)[] = [];

  counter(name: string, help: string, labels: readonly string[] = []): Counter {
    return this.#family(name, help, 'counter', labels);
  }

  gauge(name: string, help: string, labels: readonly string[] = []): Gauge {
    return this.#family(name, help, 'gauge', labels);
  }

  histogram(name: string, help: string, bounds: readonly number[], labels: readonly string[] = []): Histogram {
    return this.#family(name, help, 'histogram', labels, bounds);
  }

  /** Runs before each collection, to set what is read rather than counted. It must not throw. */
  beforeCollect(read: () => void): void {
    this.#readers.push(read);
  }

  collect(): readonly MetricFamily[] {
    for (const read of this.#readers) read();
    return [...this.#families.values()];
  }

  /** Parts of a process may declare the same metric: it is one. */
  #family(
    name: string,
    help: string,
    type: MetricType,
    labels: readonly string[],
    bounds: readonly number[] = [],
  ): Family {
    let family = this.#families.get(name);
    if (family === undefined) {
      family = new Family(name, help, type, labels, bounds);
      this.#families.set(name, family);
    }
    assert(family.type === type && family.labels.join() === labels.join(), `${name} is declared in two ways`);
    return family;
  }
}

/** Bounds for times from half a millisecond to a minute, seconds. */
export const SECONDS_BOUNDS: readonly number[] = Object.freeze([
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
]);
