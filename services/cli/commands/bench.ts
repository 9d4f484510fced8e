import { loadavg } from 'node:os';
import type { Command } from 'commander';
import { systemClock } from '@taffrail/platform/clock';
import { nameSuffix, systemRandom } from '@taffrail/platform/random';
import { benchClient } from '../bench/bench-client.ts';
import { columns, figures, ratioTable, resultTable } from '../bench/bench-table.ts';
import { growth } from '../bench/growth.ts';
import { podsToRunning } from '../bench/pods-to-running.ts';
import { ratios, runBench } from '../bench/run-bench.ts';
import { soak } from '../bench/soak.ts';
import { FULL, QUICK, type BenchTarget } from '../bench/workload.ts';
import { cleanUp, prepare } from '../bench/workloads.ts';
import { findCluster, withClusterOptions, type ClusterOptions, type FoundCluster } from '../cluster.ts';
import { UsageError } from '../failure.ts';

interface Flags extends ClusterOptions {
  readonly against?: string;
  readonly pid: readonly string[];
  readonly againstPid: readonly string[];
  readonly only: readonly string[];
  readonly rounds: string;
  readonly quick?: boolean;
  readonly podCount?: string;
  readonly growth?: string;
  readonly soak?: string;
  readonly rate?: string;
  readonly output: string;
}

const GROWTH_SIZES = [1_000, 10_000, 100_000];
const PODS_TIMEOUT_MS = 600_000;

/** `bench`: load for any Kubernetes API server. */
export function register(program: Command, signal: AbortSignal): void {
  const gather = (value: string, previous: readonly string[]): readonly string[] => [...previous, value];
  withClusterOptions(
    program
      .command('bench')
      .description('measure a Kubernetes API server, any one: throughput, times, CPU and memory')
      .option('--against <kubeconfig>', 'a second server: both take turns, and ratios first/second are printed')
      .option(
        '--pid <pid>',
        "a process of the server, for CPU and memory (default: this machine's cluster)",
        gather,
        [],
      )
      .option('--against-pid <pid>', 'a process of the second server', gather, [])
      .option('--only <words>', 'workloads whose name holds these words (repeatable)', gather, [])
      .option('--rounds <count>', 'how often everything is measured; the median is shown', '1')
      .option('--quick', 'a tenth of the load')
      .option('--pod-count <count>', 'instead: scale a Deployment and wait until its pods run')
      .option('--growth <objects>', `instead: grow to ${GROWTH_SIZES.join(', ')} objects, up to this many`)
      .option('--soak <minutes>', 'instead: mixed load, with memory, lag and event loop delay over time')
      .option('--rate <requests>', 'requests a second of --soak (default: as many as are answered)')
      .option('-o, --output <format>', 'text or json', 'text'),
  ).action(async (flags: Flags) => await bench(flags, signal));
}

async function bench(flags: Flags, signal: AbortSignal): Promise<void> {
  if (flags.output !== 'text' && flags.output !== 'json') {
    throw new UsageError(`--output is text or json, not "${flags.output}"`);
  }
  const rounds = positive('--rounds', flags.rounds);
  const cluster = findCluster(flags);
  const pids = flags.pid.length > 0 ? flags.pid.map((pid) => positive('--pid', pid)) : pidsOf(cluster);
  const first = await targetOf(cluster.kubeconfig, pids, signal);
  const { against } = flags;
  const second =
    against === undefined
      ? undefined
      : await targetOf(
          against,
          flags.againstPid.map((pid) => positive('--against-pid', pid)),
          signal,
        );
  try {
    const alone = singleRun(flags, first);
    if (alone !== undefined) await alone;
    else await compare(flags, first, second, rounds);
  } finally {
    first.client.close();
    second?.client.close();
  }
}

/** What is measured at one server only; undefined when none of it was asked for. */
function singleRun(flags: Flags, target: BenchTarget): Promise<void> | undefined {
  const { podCount, growth, soak } = flags;
  if (podCount !== undefined) return podRun(flags, target, positive('--pod-count', podCount));
  if (growth !== undefined) return growthRun(flags, target, positive('--growth', growth));
  if (soak !== undefined) return soakRun(flags, target, positive('--soak', soak));
  return undefined;
}

async function compare(
  flags: Flags,
  first: BenchTarget,
  second: BenchTarget | undefined,
  rounds: number,
): Promise<void> {
  const results = await runBench({
    targets: second === undefined ? [first] : [first, second],
    size: flags.quick === true ? QUICK : FULL,
    rounds,
    only: flags.only,
    told: ({ workload, server, measurement }) =>
      say(`${server}  ${figures(workload, measurement).join('  ')}`, measurement.failure),
  });
  const compared = second === undefined ? [] : ratios(results, first.client.server, second.client.server);
  if (flags.output === 'json') {
    console.log(JSON.stringify({ machineLoad: loadavg(), results, ratios: compared }));
    return;
  }
  for (const line of resultTable(results)) console.log(line);
  if (compared.length > 0) console.log(`\n${first.client.server} over ${second?.client.server}: median (least–most)`);
  for (const line of compared.length > 0 ? ratioTable(compared) : []) console.log(line);
  sayLoad();
}

async function podRun(flags: Flags, target: BenchTarget, count: number): Promise<void> {
  const measurement = await within(target, () => podsToRunning(target, count, PODS_TIMEOUT_MS));
  if (flags.output === 'json') console.log(JSON.stringify({ machineLoad: loadavg(), pods: count, measurement }));
  else {
    for (const line of columns([
      ['', 'pods/s', 'p50 ms', 'p99 ms'],
      figures(`${count} pods Running`, measurement).slice(0, 4),
    ])) {
      console.log(line);
    }
    sayLoad();
  }
}

async function growthRun(flags: Flags, target: BenchTarget, most: number): Promise<void> {
  const sizes = [...new Set([...GROWTH_SIZES.filter((size) => size < most), most])];
  const steps = await within(target, () =>
    growth(target, sizes, ({ objects, create }) =>
      say(`${objects} objects  ${create.perSecond.toFixed(0)} creations/s`, create.failure),
    ),
  );
  if (flags.output === 'json') console.log(JSON.stringify({ machineLoad: loadavg(), steps }));
  else {
    const rows = steps.flatMap(({ objects, create, get, page }) => [
      figures(`${objects} objects: create`, create),
      figures(`${objects} objects: get`, get),
      figures(`${objects} objects: page of 500`, page),
    ]);
    for (const line of columns([['', 'ops/s', 'p50 ms', 'p99 ms', 'CPU ms/op', 'KB/op', 'failed', 'MiB'], ...rows]))
      console.log(line);
    sayLoad();
  }
}

async function soakRun(flags: Flags, target: BenchTarget, minutes: number): Promise<void> {
  const mebibytes = (bytes: number | undefined): string =>
    bytes === undefined ? '-' : (bytes / 1024 / 1024).toFixed(1);
  const perSecond = flags.rate === undefined ? undefined : positive('--rate', flags.rate);
  const report = await within(target, () =>
    soak(target, { minutes, perSecond }, ({ atSeconds, rssBytes, lagSeconds, eventLoopDelaySeconds }) =>
      say(
        `${atSeconds.toFixed(0)} s  ${mebibytes(rssBytes)} MiB  lag ${lagSeconds ?? '-'} s  event loop p99 ${eventLoopDelaySeconds ?? '-'} s`,
      ),
    ),
  );
  if (flags.output === 'json') console.log(JSON.stringify({ machineLoad: loadavg(), ...report }));
  else {
    const { load, rssSlopeBytesPerMinute: slope, lagMaximumSeconds: lag, eventLoopDelayMaximumSeconds: delay } = report;
    console.log(
      `${load.perSecond.toFixed(0)} requests/s for ${minutes} min, p50 ${load.p50Ms.toFixed(2)} ms, p99 ${load.p99Ms.toFixed(2)} ms, ${load.failures} failed`,
    );
    console.log(`memory ${mebibytes(load.rssBytes)} MiB, slope over the second half ${mebibytes(slope)} MiB/min`);
    console.log(`largest lag ${lag ?? '-'} s, largest event loop delay p99 ${delay ?? '-'} s`);
    sayLoad();
  }
}

/** Runs something in a namespace that is removed again whatever happens. */
async function within<Result>(target: BenchTarget, run: () => Promise<Result>): Promise<Result> {
  try {
    await prepare(target);
    return await run();
  } finally {
    await cleanUp(target);
  }
}

async function targetOf(kubeconfig: string, pids: readonly number[], signal: AbortSignal): Promise<BenchTarget> {
  const client = await benchClient(kubeconfig);
  const namespace = `bench-${nameSuffix(systemRandom)}`;
  return { client, namespace, pids, clock: systemClock, signal };
}

/** What answers requests: the API server, NATS and Postgres. Controllers and agents do work of their own. */
function pidsOf({ record }: FoundCluster): readonly number[] {
  const serving = new Set(['api', 'nats', 'postgres']);
  return (record?.components ?? []).flatMap(({ name, process }) =>
    serving.has(name) && process !== undefined ? [process.pid] : [],
  );
}

function positive(flag: string, text: string): number {
  const value = /^\d{1,7}$/.test(text) ? Number(text) : 0;
  if (value === 0) throw new UsageError(`${flag} is a number of at least 1, not "${text}"`);
  return value;
}

/** Progress goes to stderr: stdout is the result. */
function say(line: string, failure?: string): void {
  console.error(failure === undefined ? line : `${line}  (${failure.slice(0, 200)})`);
}

function sayLoad(): void {
  const [one = 0] = loadavg();
  console.log(`machine load at the end: ${one.toFixed(1)}`);
}
