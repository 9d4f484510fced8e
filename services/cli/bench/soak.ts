import { limits } from '@taffrail/platform/limits';
import { Tally, type Measurement } from './measurement.ts';
import { annotationPatch, configMapBody, podBody } from './sample-objects.ts';
import { processFigures } from './server-processes.ts';
import { collection, type BenchTarget } from './workload.ts';

/** What was seen at one moment of a soak. */
export interface SoakSample {
  readonly atSeconds: number;
  readonly rssBytes: number | undefined;
  /** Age of what Postgres does not have yet, where the server tells. */
  readonly lagSeconds: number | undefined;
  /** p99 of how late the server's event loop is, where it tells. */
  readonly eventLoopDelaySeconds: number | undefined;
}

export interface SoakReport {
  readonly minutes: number;
  readonly load: Measurement;
  readonly samples: readonly SoakSample[];
  /** Growth of memory over the second half, bytes a minute; undefined where memory is not known. */
  readonly rssSlopeBytesPerMinute: number | undefined;
  readonly lagMaximumSeconds: number | undefined;
  readonly eventLoopDelayMaximumSeconds: number | undefined;
}

/** For how long, and how many requests a second (undefined: as many as are answered). */
export interface SoakLoad {
  readonly minutes: number;
  readonly perSecond: number | undefined;
}

/** Objects that live at the same time: what is old is deleted, so the state stays as large as it is. */
const LIVING = 2_000;
const WORKERS = 16;

/** Mixed load for some minutes: gets, patches, creations and deletions of pods and ConfigMaps, pages, and 100 watchers. */
export async function soak(
  target: BenchTarget,
  { minutes, perSecond }: SoakLoad,
  told: (sample: SoakSample) => void,
): Promise<SoakReport> {
  const { client, clock, signal, pids } = target;
  const tally = new Tally();
  const samples: SoakSample[] = [];
  const startMs = clock.monotonicMs();
  const endMs = startMs + minutes * 60_000;
  const before = processFigures(pids);
  const watches = await Promise.all(
    Array.from({ length: 100 }, (_, at) =>
      client.watch(`${collection(target, at % 2 === 0 ? 'configmaps' : 'pods')}?watch=1`, () => undefined),
    ),
  );
  let turn = 0;
  const work = async (): Promise<void> => {
    while (clock.monotonicMs() < endMs && !signal.aborted) {
      const mine = turn++;
      const dueMs = perSecond === undefined ? 0 : startMs + (mine / perSecond) * 1000;
      if (dueMs > clock.monotonicMs()) await clock.sleep(dueMs - clock.monotonicMs(), signal);
      const sentMs = clock.monotonicMs();
      const answer = await client.ask(mixed(target, mine)).catch((error: unknown) => String(error));
      if (typeof answer === 'string') tally.failed(answer);
      // An object may have gone between the two requests about it: that is part of the mixture.
      else if (answer.status >= 400 && answer.status !== 404) tally.failed(`answered ${answer.status}: ${answer.body}`);
      else tally.done(clock.monotonicMs() - sentMs, answer.bytes);
    }
  };
  const look = async (): Promise<void> => {
    while (clock.monotonicMs() < endMs && !signal.aborted) {
      await clock.sleep(Math.min(limits.benchSoakSampleMs, Math.max(1, endMs - clock.monotonicMs())), signal);
      const sample = await sampleOf(target, startMs);
      samples.push(sample);
      told(sample);
    }
  };
  try {
    await Promise.all([look(), ...Array.from({ length: WORKERS }, work)]);
  } finally {
    for (const watch of watches) watch.close();
  }
  const load = tally.measurement(clock.monotonicMs() - startMs, before, processFigures(pids));
  return {
    minutes,
    load,
    samples,
    rssSlopeBytesPerMinute: slopePerMinute(samples.slice(Math.floor(samples.length / 2))),
    lagMaximumSeconds: largest(samples.map(({ lagSeconds }) => lagSeconds)),
    eventLoopDelayMaximumSeconds: largest(samples.map(({ eventLoopDelaySeconds }) => eventLoopDelaySeconds)),
  };
}

/** The request of a turn: of ten, five gets, two patches, one page, one creation and one deletion. */
function mixed(target: BenchTarget, turn: number): Parameters<BenchTarget['client']['ask']>[0] {
  const resource = turn % 20 < 10 ? 'configmaps' : 'pods';
  const path = collection(target, resource);
  const made = Math.floor(turn / 20);
  const name = (at: number): string => `soak-${at}`;
  const some = Math.max(0, made - 1 - ((turn * 7_919) % LIVING));
  switch (turn % 10) {
    case 0: {
      const body = resource === 'pods' ? podBody(name(made)) : configMapBody(name(made));
      return { method: 'POST', path, body };
    }
    case 1:
      return { method: 'DELETE', path: `${path}/${name(made - LIVING)}?gracePeriodSeconds=0` };
    case 2:
    case 3: {
      const body = annotationPatch(String(turn));
      return { method: 'PATCH', path: `${path}/${name(some)}`, body, contentType: 'application/merge-patch+json' };
    }
    case 4:
      return { method: 'GET', path: `${path}?limit=100` };
    default:
      return { method: 'GET', path: `${path}/${name(some)}` };
  }
}

async function sampleOf({ client, clock, pids }: BenchTarget, startMs: number): Promise<SoakSample> {
  const answer = await client.ask({ method: 'GET', path: '/metrics' }, true);
  const metric = (pattern: RegExp): number | undefined =>
    largest([...answer.body.matchAll(pattern)].map(([, value]) => Number(value)));
  return {
    atSeconds: (clock.monotonicMs() - startMs) / 1000,
    rssBytes: processFigures(pids)?.rssBytes,
    lagSeconds: metric(/^taffrail_projection_lag_seconds\{.*\} (\S+)$/gm),
    eventLoopDelaySeconds: metric(/^taffrail_event_loop_delay_seconds\{quantile="0\.99"\} (\S+)$/gm),
  };
}

function largest(values: readonly (number | undefined)[]): number | undefined {
  return values.reduce((most, value) => (value === undefined || (most ?? -Infinity) > value ? most : value), undefined);
}

/** Least squares through memory over time. */
export function slopePerMinute(samples: readonly SoakSample[]): number | undefined {
  const points = samples.flatMap(({ atSeconds, rssBytes }) =>
    rssBytes === undefined ? [] : [{ x: atSeconds / 60, y: rssBytes }],
  );
  if (points.length < 2) return undefined;
  const meanX = points.reduce((sum, { x }) => sum + x, 0) / points.length;
  const meanY = points.reduce((sum, { y }) => sum + y, 0) / points.length;
  const over = points.reduce((sum, { x, y }) => sum + (x - meanX) * (y - meanY), 0);
  const under = points.reduce((sum, { x }) => sum + (x - meanX) ** 2, 0);
  return under === 0 ? undefined : over / under;
}
