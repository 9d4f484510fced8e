import type { Measurement } from './measurement.ts';
import type { BenchResult, Ratio } from './run-bench.ts';

/** Lines of columns, each as wide as its widest cell. */
export function columns(rows: readonly (readonly string[])[]): readonly string[] {
  const count = Math.max(...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
}

const HEADER = ['', 'ops/s', 'p50 ms', 'p99 ms', 'CPU ms/op', 'KB/op', 'failed', 'MiB'];

/** A row of figures behind a name. */
export function figures(name: string, measurement: Measurement): readonly string[] {
  const { perSecond, p50Ms, p99Ms, cpuMsPerOperation, bytes, operations, failures, rssBytes } = measurement;
  return [
    name,
    perSecond.toFixed(perSecond < 100 ? 1 : 0),
    p50Ms.toFixed(2),
    p99Ms.toFixed(2),
    cpuMsPerOperation === undefined ? '-' : cpuMsPerOperation.toFixed(3),
    operations === 0 ? '-' : (bytes / operations / 1024).toFixed(1),
    failures === 0 ? '' : String(failures),
    rssBytes === undefined ? '-' : (rssBytes / 1024 / 1024).toFixed(0),
  ];
}

/** The median round of each workload, by throughput, for each server. */
export function resultTable(results: readonly BenchResult[]): readonly string[] {
  const rows = [...Map.groupBy(results, ({ server }) => server)].flatMap(([server, own]) => [
    [server, ...HEADER.slice(1)],
    ...[...Map.groupBy(own, ({ workload }) => workload)].map(([workload, rounds]) =>
      figures(workload, medianOf(rounds.map(({ measurement }) => measurement))),
    ),
  ]);
  return columns(rows);
}

export function medianOf(measurements: readonly Measurement[]): Measurement {
  const sorted = measurements.toSorted((one, other) => one.perSecond - other.perSecond);
  const median = sorted[Math.floor(sorted.length / 2)];
  if (median === undefined) throw new RangeError('there is no median of nothing');
  return median;
}

/** `create, 32 at once   throughput  3.1×  (2.9–3.3)` */
export function ratioTable(ratios: readonly Ratio[]): readonly string[] {
  return columns(
    ratios.map(({ workload, figure, median, least, most }) => [
      workload,
      figure,
      `${median.toFixed(2)}×`,
      `(${least.toFixed(2)}–${most.toFixed(2)})`,
    ]),
  );
}
