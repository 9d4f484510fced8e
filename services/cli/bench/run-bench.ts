import { isVoid, cleanUp, prepare, WORKLOADS } from './workloads.ts';
import type { Measurement } from './measurement.ts';
import type { BenchSize, BenchTarget } from './workload.ts';

/** A workload's measurement in one round at one server. */
export interface BenchResult {
  readonly workload: string;
  readonly concurrency: number;
  readonly server: string;
  readonly round: number;
  readonly measurement: Measurement;
}

export interface BenchRun {
  /** One server, or two that are compared: they take turns at every workload, and the first turn alternates. */
  readonly targets: readonly BenchTarget[];
  readonly size: BenchSize;
  readonly rounds: number;
  /** Names of the workloads to run; those that only prepare something for them are run as well. */
  readonly only: readonly string[];
  told(result: BenchResult): void;
}

/** Workloads that others rest on. */
const NEEDED = new Set(['create, one at a time', 'create, 32 at once', 'create pods, 32 at once']);

/** Runs the workloads in each round, in a namespace of its own that is removed again whatever happens. */
export async function runBench({ targets, size, rounds, only, told }: BenchRun): Promise<readonly BenchResult[]> {
  const results: BenchResult[] = [];
  for (let round = 0; round < rounds; round++) {
    const turns = targets.map((target) => ({ ...target, namespace: `${target.namespace}-${round}` }));
    if (round % 2 === 1) turns.reverse();
    try {
      for (const target of turns) await prepare(target);
      for (const workload of WORKLOADS) {
        const asked = only.length === 0 || only.some((name) => workload.name.includes(name));
        if (!asked && !NEEDED.has(workload.name)) continue;
        for (const target of turns) {
          const measurement = await workload.run(target, size);
          if (!asked) continue;
          const { server } = target.client;
          const result = { workload: workload.name, concurrency: workload.concurrency, server, round, measurement };
          results.push(result);
          told(result);
        }
      }
    } finally {
      for (const target of turns) await cleanUp(target);
    }
  }
  return results;
}

/** How a figure of the second server stands to the first one's, over all rounds. */
export interface Ratio {
  readonly workload: string;
  readonly figure: 'throughput' | 'p50' | 'p99' | 'CPU per operation';
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

const FIGURES: Readonly<Record<Ratio['figure'], (measurement: Measurement) => number | undefined>> = {
  throughput: ({ perSecond }) => perSecond,
  p50: ({ p50Ms }) => p50Ms,
  p99: ({ p99Ms }) => p99Ms,
  'CPU per operation': ({ cpuMsPerOperation }) => cpuMsPerOperation,
};

/** First server over second, round by round; a round in which either failed is left out. */
export function ratios(results: readonly BenchResult[], first: string, second: string): readonly Ratio[] {
  const workloads = [...new Set(results.map(({ workload }) => workload))];
  return workloads.flatMap((workload) =>
    (Object.keys(FIGURES) as Ratio['figure'][]).flatMap((figure) => {
      const read = FIGURES[figure];
      const values = roundsOf(results, workload).flatMap((round) => {
        const [one, other] = [first, second].map((server) => round.find((result) => result.server === server));
        if (one === undefined || other === undefined) return [];
        if (isVoid(one.measurement) || isVoid(other.measurement)) return [];
        const [mine, theirs] = [read(one.measurement), read(other.measurement)];
        return mine === undefined || theirs === undefined || theirs === 0 ? [] : [mine / theirs];
      });
      const sorted = values.sort((one, other) => one - other);
      const [least] = sorted;
      const most = sorted.at(-1);
      const median = sorted[Math.floor(sorted.length / 2)];
      return least === undefined || most === undefined || median === undefined
        ? []
        : [{ workload, figure, median, least, most }];
    }),
  );
}

function roundsOf(results: readonly BenchResult[], workload: string): readonly (readonly BenchResult[])[] {
  return [
    ...Map.groupBy(
      results.filter((result) => result.workload === workload),
      ({ round }) => round,
    ).values(),
  ];
}
