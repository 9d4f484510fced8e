import type { Clock } from '@taffrail/platform/clock';

/** Upper bounds of the request duration histogram, seconds. */
const DURATION_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

interface Series {
  count: number;
  sumSeconds: number;
  readonly buckets: number[];
}

/** What the server counts of its own work, in Prometheus' text format under Kubernetes' names. */
export class RequestMetrics {
  readonly #clock: Clock;
  readonly #totals = new Map<string, number>();
  readonly #durations = new Map<string, Series>();
  #inFlight = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts a request in; the returned function counts it out with its status. */
  begin(): (verb: string, resource: string, status: number) => void {
    this.#inFlight++;
    const startMs = this.#clock.monotonicMs();
    return (verb, resource, status) => {
      this.#inFlight--;
      const total = `verb="${verb}",resource="${resource}",code="${status}"`;
      this.#totals.set(total, (this.#totals.get(total) ?? 0) + 1);
      // How long a watch lasts is the client's choice and says nothing.
      if (verb !== 'watch') this.#observe(`verb="${verb}",resource="${resource}"`, this.#clock.monotonicMs() - startMs);
    };
  }

  #observe(labels: string, elapsedMs: number): void {
    let series = this.#durations.get(labels);
    if (series === undefined) {
      series = { count: 0, sumSeconds: 0, buckets: DURATION_BUCKETS.map(() => 0) };
      this.#durations.set(labels, series);
    }
    const seconds = elapsedMs / 1000;
    series.count++;
    series.sumSeconds += seconds;
    const bucket = DURATION_BUCKETS.findIndex((bound) => seconds <= bound);
    if (bucket >= 0) series.buckets[bucket] = (series.buckets[bucket] ?? 0) + 1;
  }

  /** The text, with further gauges of the moment. */
  render(gauges: readonly Gauge[]): string {
    const lines: string[] = [];
    describe(lines, 'apiserver_request_total', 'counter', 'Requests by verb, resource and status.');
    for (const [labels, count] of this.#totals) lines.push(`apiserver_request_total{${labels}} ${count}`);
    const name = 'apiserver_request_duration_seconds';
    describe(lines, name, 'histogram', 'Time from the request line to the answer, watches left out.');
    for (const [labels, series] of this.#durations) {
      let cumulative = 0;
      for (const [index, bound] of DURATION_BUCKETS.entries()) {
        cumulative += series.buckets[index] ?? 0;
        lines.push(`${name}_bucket{${labels},le="${bound}"} ${cumulative}`);
      }
      lines.push(`${name}_bucket{${labels},le="+Inf"} ${series.count}`);
      lines.push(`${name}_sum{${labels}} ${series.sumSeconds}`, `${name}_count{${labels}} ${series.count}`);
    }
    const own: Gauge = {
      name: 'apiserver_current_inflight_requests',
      help: 'Requests being answered.',
      samples: [{ labels: '', value: this.#inFlight }],
    };
    for (const gauge of [own, ...gauges]) {
      describe(lines, gauge.name, gauge.type ?? 'gauge', gauge.help);
      for (const { labels, value } of gauge.samples) {
        lines.push(`${gauge.name}${labels === '' ? '' : `{${labels}}`} ${value}`);
      }
    }
    return `${lines.join('\n')}\n`;
  }
}

/** A number of the moment. */
export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly type?: 'gauge' | 'counter';
  readonly samples: readonly { readonly labels: string; readonly value: number }[];
}

function describe(lines: string[], name: string, type: string, help: string): void {
  lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`);
}
