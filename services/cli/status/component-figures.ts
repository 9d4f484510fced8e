import type { ComponentSample } from './component-sample.ts';
import type { ReadMetrics } from './metrics-text.ts';

/** What a component does, in numbers that its kind has; rates are a second. */
export type Figures = Readonly<Record<string, number>>;

type Labels = Readonly<Record<string, string>>;

/** One figure: how it is read, from one sample or as growth between two. */
interface Figure {
  readonly key: string;
  /** What people see; `%` stands for the number. */
  readonly text: string;
  readonly metric: string;
  readonly labels?: Labels;
  readonly read: 'sum' | 'largest' | 'rate';
  readonly scale?: number;
  /** Left out of the text when it is 0, because then there is nothing to say. */
  readonly quiet?: boolean;
}

const COMMON: readonly Figure[] = [
  {
    key: 'eventLoopDelayP99Ms',
    text: 'loop p99 % ms',
    metric: 'taffrail_event_loop_delay_seconds',
    labels: { quantile: '0.99' },
    read: 'largest',
    scale: 1000,
  },
];

const API: readonly Figure[] = [
  { key: 'requestsPerSecond', text: '% req/s', metric: 'apiserver_request_total', read: 'rate' },
  {
    key: 'commitsPerSecond',
    text: '% commits/s',
    metric: 'taffrail_commits_total',
    labels: { outcome: 'stored' },
    read: 'rate',
  },
  { key: 'eventsPerSecond', text: '% events/s', metric: 'taffrail_commit_events_sum', read: 'rate' },
  { key: 'watches', text: '% watches', metric: 'apiserver_longrunning_requests', read: 'sum' },
  { key: 'objects', text: '% objects', metric: 'taffrail_live_objects', read: 'sum' },
  { key: 'waitingWrites', text: '% writes wait', metric: 'taffrail_commit_queue_commands', read: 'sum', quiet: true },
  {
    key: 'projectionLagSeconds',
    text: 'oldest % s old',
    metric: 'taffrail_projection_lag_seconds',
    read: 'largest',
    quiet: true,
  },
  {
    key: 'projectionBehindCommits',
    text: 'Postgres % commits behind',
    metric: 'taffrail_projection_behind_commits',
    read: 'sum',
    quiet: true,
  },
  {
    key: 'chainChecksPerSecond',
    text: '% chain checks/s',
    metric: 'taffrail_chain_checks_total',
    read: 'rate',
    quiet: true,
  },
];

const CONTROLLERS: readonly Figure[] = [
  { key: 'plansPerSecond', text: '% plans/s', metric: 'workqueue_work_duration_seconds_count', read: 'rate' },
  { key: 'waitingKeys', text: '% keys wait', metric: 'workqueue_depth', read: 'sum' },
  { key: 'retriesPerSecond', text: '% retries/s', metric: 'workqueue_retries_total', read: 'rate', quiet: true },
];

const SCHEDULER: readonly Figure[] = [
  {
    key: 'boundPerSecond',
    text: '% bound/s',
    metric: 'scheduler_schedule_attempts_total',
    labels: { result: 'scheduled' },
    read: 'rate',
  },
  { key: 'pendingPods', text: '% pending', metric: 'scheduler_pending_pods', read: 'sum' },
];

const AGENT: readonly Figure[] = [
  { key: 'runningPods', text: '% pods', metric: 'kubelet_running_pods', read: 'sum' },
  { key: 'runtimeCallsPerSecond', text: '% runtime calls/s', metric: 'kubelet_runtime_operations_total', read: 'rate' },
  {
    key: 'runtimeErrorsPerSecond',
    text: '% fail/s',
    metric: 'kubelet_runtime_operations_errors_total',
    read: 'rate',
    quiet: true,
  },
];

function figuresFor(name: string): readonly Figure[] {
  if (name === 'api') return [...API, ...COMMON];
  if (name === 'controllers') return [...CONTROLLERS, ...COMMON];
  if (name === 'scheduler') return [...SCHEDULER, ...COMMON];
  return name.startsWith('agent') ? [...AGENT, ...COMMON] : [];
}

/** A component's figures now; rates only where an earlier sample of the same process is given. */
export function figuresOf(now: ComponentSample, before?: ComponentSample, seconds = 0): Figures {
  const earlier = before?.pid === now.pid ? before.metrics : undefined;
  const found: Record<string, number> = {};
  for (const figure of figuresFor(now.name)) {
    const value = read(figure, now.metrics, earlier, seconds);
    if (value !== undefined) found[figure.key] = value * (figure.scale ?? 1);
  }
  return found;
}

function read(
  { metric, labels, read: how }: Figure,
  now: ReadMetrics | undefined,
  earlier: ReadMetrics | undefined,
  seconds: number,
): number | undefined {
  if (how !== 'rate') return how === 'sum' ? now?.sum(metric, labels) : now?.largest(metric, labels);
  const at = now?.sum(metric, labels);
  if (at === undefined || earlier === undefined || seconds <= 0) return undefined;
  return (at - (earlier.sum(metric, labels) ?? 0)) / seconds;
}

/** The figures in words, e.g. `12 req/s, 3 watches`. */
export function figuresText(name: string, figures: Figures): string {
  return figuresFor(name)
    .flatMap(({ key, text, quiet }) => {
      const value = figures[key];
      return value === undefined || (quiet === true && value < 0.05) ? [] : [text.replace('%', short(value))];
    })
    .join(', ');
}

function short(value: number): string {
  return Number.isInteger(value) || value >= 100 ? value.toFixed(0) : value.toFixed(1);
}
