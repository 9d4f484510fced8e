/**
 * One trace from `kubectl apply` to a running container, span by span; and the dashboard and the alerts held against what
 * the components really export. A cluster with the simulated runtime, the real kubectl, a collector that writes to a file.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repository, testCluster, type TestCluster } from './cluster.ts';
import { eventually } from './kubectl.ts';
import { otlpCollector, type ExportedSpan, type OtlpCollector } from './otlp-collector.ts';

const DEPLOYMENT = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: default }
spec:
  replicas: 1
  selector: { matchLabels: { app: web } }
  template:
    metadata: { labels: { app: web } }
    spec: { containers: [{ name: main, image: registry.example/web:1 }] }
`;

interface Exported {
  readonly name: string;
  readonly labels: ReadonlySet<string>;
}

let cluster: TestCluster;
let collector: OtlpCollector;
/** What each component's `/metrics` shows once the pod runs. */
let scraped: ReadonlyMap<string, string>;
/** The trace that the apply began. */
let trace: readonly ExportedSpan[];

beforeAll(async () => {
  cluster = await testCluster({ number: 8, runtime: 'simulated' });
  collector = await otlpCollector(path.join(cluster.dataDir, 'spans.jsonl'));
  const up = await cluster.up('--otlp-endpoint', collector.endpoint);
  expect(up.code, up.stderr).toBe(0);
  await eventually('controllers and scheduler at work', async () => ((await areAtWork()) ? true : undefined), 60_000);
  const applied = await cluster.kubectl.attempt(['apply', '-f', '-'], { input: DEPLOYMENT });
  expect(applied.code, applied.stderr).toBe(0);
  await cluster.kubectl('rollout', 'status', 'deployment/web', '--timeout=60s');
  scraped = await scrapeAll();
  trace = await eventually('the whole trace from the apply to the running pod', async () => wholeTrace(), 60_000);
}, 300_000);

afterAll(async () => {
  await cluster?.dispose();
  await collector?.close();
}, 120_000);

function isApply({ attributes, name }: ExportedSpan): boolean {
  return name === 'create deployments' && attributes['http.request.method'] === 'POST';
}

/** A batch is projected in one transaction: the first request in it is the span's parent, the others are its links. */
function isProjectionOf({ name, parentSpanId, links }: ExportedSpan, request: ExportedSpan): boolean {
  return name === 'project LOG' && (parentSpanId === request.spanId || links.includes(request.spanId));
}

/** Components send their spans when each is ready: the trace is whole when nothing is missing and nothing new has come. */
let countBefore = 0;
function wholeTrace(): readonly ExportedSpan[] | undefined {
  const root = collector.spans.find(isApply);
  const spans = collector.spans.filter(({ traceId }) => traceId === root?.traceId);
  const settled = spans.length === countBefore;
  countBefore = spans.length;
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const orphans = spans.filter(({ parentSpanId }) => parentSpanId !== '' && !ids.has(parentSpanId));
  const reported = spans.find(({ name }) => name === 'patch pods/status');
  const stored = reported !== undefined && collector.spans.some((span) => isProjectionOf(span, reported));
  const missing = orphans.map(({ name }) => `the parent of ${name}`);
  if (!stored) missing.push(reported === undefined ? 'the report that the pod runs' : 'its projection');
  if (missing.length > 0) throw new Error(`of ${spans.length} spans: no ${missing.join(', ')}`);
  return settled ? spans.toSorted((one, other) => (one.startNanos < other.startNanos ? -1 : 1)) : undefined;
}

/** Whether the views are complete: what came earlier is listed, and a list knows no trace. */
async function areAtWork(): Promise<boolean> {
  const texts = await scrapeAll();
  const views = [texts.get('controllers'), texts.get('scheduler')].map((text) => [
    ...(text ?? '').matchAll(/^taffrail_view_revision\{.*\} (\d+)$/gm),
  ]);
  return views.every((view) => view.length > 0 && view.every(([, revision]) => Number(revision) > 0));
}

async function scrapeAll(): Promise<ReadonlyMap<string, string>> {
  const { components } = await cluster.status();
  const texts = new Map<string, string>();
  for (const { name, metrics } of components) {
    if (metrics !== undefined) texts.set(name, await (await fetch(metrics)).text());
  }
  return texts;
}

/** The first span below `parent` that is called so. */
function below(parent: ExportedSpan, name: string, component: string): ExportedSpan {
  const found = trace.filter((span) => span.parentSpanId === parent.spanId && span.name === name);
  const seen = trace.filter((span) => span.parentSpanId === parent.spanId).map((span) => span.name);
  expect(found, `${name} below ${parent.name}, where there are: ${seen.join(', ')}`).not.toHaveLength(0);
  const [span] = found;
  if (span === undefined) throw new Error('unreachable: it was just counted');
  expect(span.component).toBe(`taffrail-${component}`);
  return span;
}

/** The request of a component: its client span, and below that the server's, which names its cause. Returns the server's. */
function request(parent: ExportedSpan, component: string, method: string, name: string, cause: number): ExportedSpan {
  const clients = trace.filter((span) => span.parentSpanId === parent.spanId && span.name === method);
  const servers = clients.flatMap((client) =>
    trace
      .filter((span) => span.parentSpanId === client.spanId && span.name === name)
      .map((server) => ({ client, server })),
  );
  // A pod that takes its time reports more than once; the first report is made because it was bound.
  const found = servers.find(({ server }) => server.attributes['taffrail.cause'] === String(cause));
  const seen = servers.map(({ server }) => String(server.attributes['taffrail.cause']));
  if (found === undefined)
    throw new Error(`${method} ${name} below ${parent.name} is not caused by ${cause} but by [${seen.join(', ')}]`);
  expect(found.client.component).toBe(`taffrail-${component}`);
  expect(found.server.component).toBe('taffrail-api');
  return found.server;
}

/** A commit may hold the commands of several requests: it is appended below the first one's, and linked to the others'. */
function appendOf(commit: ExportedSpan): ExportedSpan {
  const found = collector.spans.find(
    ({ name, parentSpanId, links }) =>
      name === 'append LOG' && (parentSpanId === commit.spanId || links.includes(commit.spanId)),
  );
  if (found === undefined) throw new Error(`nothing was appended for the commit ${commit.spanId}`);
  expect(found.component).toBe('taffrail-api');
  return found;
}

/** Decided, committed and appended within the request; projected after it. Returns the revision. */
function committed(server: ExportedSpan, command: string): number {
  below(server, `decide ${command}`, 'api');
  const commit = below(server, 'commit', 'api');
  const append = appendOf(commit);
  expect(append.attributes['taffrail.sequence']).toBe(commit.attributes['taffrail.sequence']);
  const projected = collector.spans.some((span) => isProjectionOf(span, server));
  expect(projected, `a projection of ${server.name}`).toBe(true);
  return Number(commit.attributes['taffrail.revision']);
}

describe('a trace of kubectl apply', () => {
  test('goes through every component to the running container, each span below its cause', () => {
    const apply = trace.find(isApply);
    if (apply === undefined) throw new Error('the apply left no span');
    expect(apply).toMatchObject({ component: 'taffrail-api', parentSpanId: '' });
    const deployment = committed(apply, 'create');

    const rollout = below(apply, 'plan deployment-controller', 'controllers');
    expect(rollout.attributes['taffrail.cause']).toBe(deployment);
    expect(rollout.attributes['taffrail.key']).toMatch(/\bdefault\/web$/);
    const replicaSetRequest = request(rollout, 'controllers', 'POST', 'create replicasets', deployment);
    const replicaSet = committed(replicaSetRequest, 'create');

    const replicas = below(replicaSetRequest, 'plan replicaset-controller', 'controllers');
    expect(replicas.attributes['taffrail.cause']).toBe(replicaSet);
    const podRequest = request(replicas, 'controllers', 'POST', 'create pods', replicaSet);
    const pod = committed(podRequest, 'create');

    const schedule = below(podRequest, 'schedule', 'scheduler');
    expect(schedule.attributes['taffrail.cause']).toBe(pod);
    const bindingRequest = request(schedule, 'scheduler', 'POST', 'create pods/binding', pod);
    const bound = committed(bindingRequest, 'create');

    const feed = below(bindingRequest, 'publish FEED', 'api');
    expect(feed.attributes['taffrail.revision']).toBe(bound);
    const sandbox = below(feed, 'create-sandbox', 'agent');
    const start = below(feed, 'start-container main', 'agent');
    expect(sandbox.attributes['taffrail.cause']).toBe(String(bound));
    // The node may have reported in between; then its own report is the newest it knows of the pod.
    expect(Number(start.attributes['taffrail.cause'])).toBeGreaterThanOrEqual(bound);
    below(sandbox, 'runtime run_podsandbox', 'agent');
    below(start, 'runtime create_container', 'agent');
    below(start, 'runtime start_container', 'agent');

    const running = request(feed, 'agent', 'PATCH', 'patch pods/status', bound);
    expect(committed(running, 'patch')).toBeGreaterThan(bound);
  });

  test('is whole: every parent is there, begins first, and nothing failed', () => {
    const spans = new Map(trace.map((span) => [span.spanId, span]));
    const orphans = trace.filter(({ parentSpanId }) => parentSpanId !== '' && !spans.has(parentSpanId));
    expect(orphans.map(({ name }) => name)).toEqual([]);
    expect(trace.filter(({ parentSpanId }) => parentSpanId === '')).toHaveLength(1);
    // Starts of requests are known to the millisecond only.
    const toleranceNanos = 2_000_000n;
    for (const span of trace) {
      const parent = spans.get(span.parentSpanId);
      if (parent !== undefined) expect(span.startNanos + toleranceNanos).toBeGreaterThan(parent.startNanos);
      expect(span.endNanos).toBeGreaterThanOrEqual(span.startNanos);
    }
    const components = new Set(trace.map(({ component }) => component));
    expect([...components].sort()).toEqual([
      'taffrail-agent',
      'taffrail-api',
      'taffrail-controllers',
      'taffrail-scheduler',
    ]);
    // Two controllers may meet on one object; the loser plans again.
    const failures = trace.filter(
      ({ failed, attributes }) => failed && attributes['http.response.status_code'] !== 409,
    );
    expect(failures.filter(({ name }) => !name.startsWith('plan ')).map(({ name }) => name)).toEqual([]);
  });

  test('stands in the file, one span a line', () => {
    const lines = readFileSync(path.join(cluster.dataDir, 'spans.jsonl'), 'utf8').trim().split('\n');
    const written = new Set(lines.map((line) => (JSON.parse(line) as { readonly spanId: string }).spanId));
    expect(trace.filter(({ spanId }) => !written.has(spanId))).toEqual([]);
  });

  test('is the trace that the log itself names: all of it is one chain', async () => {
    const [pod = ''] = (await cluster.kubectl('get', 'pods', '-o', 'name')).trim().split('\n');
    const changes = async (name: string): Promise<readonly { readonly correlation: string }[]> => {
      const history = await cluster.taffrail('history', name, '-o', 'json');
      expect(history.code, history.stderr).toBe(0);
      return JSON.parse(history.stdout) as readonly { readonly correlation: string }[];
    };
    const chains = new Set(
      [...(await changes('deployment/web')), ...(await changes(pod))].map((one) => one.correlation),
    );
    expect([...chains]).toHaveLength(1);
  });
});

/** Metric names and their labels in Prometheus' text format; a histogram also under the names of its parts. */
function exported(text: string): readonly Exported[] {
  const found = new Map<string, Set<string>>();
  for (const line of text.split('\n')) {
    const [, type, histogram] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
    if (type !== undefined && !found.has(type)) found.set(type, new Set());
    if (type !== undefined && histogram === 'histogram') {
      for (const part of ['_bucket', '_sum', '_count']) found.set(type + part, new Set());
    }
    const [, name, labels = ''] = /^([a-z_]+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    if (name === undefined) continue;
    for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) found.get(name)?.add(label);
  }
  return [...found].map(([name, labels]) => ({ name, labels }));
}

/** Names of our metrics in a query, with the labels it selects them by. */
function asked(query: string): readonly Exported[] {
  const names = query.matchAll(
    /\b((?:apiserver|taffrail|workqueue|scheduler|kubelet|rest_client|process)_\w+)(\{[^}]*\})?/g,
  );
  return [...names].map(([, name = '', selector = '']) => ({
    name,
    labels: new Set([...selector.matchAll(/(\w+)\s*(?:=|!=|=~|!~)\s*"/g)].map(([, label = '']) => label)),
  }));
}

function read(file: string): string {
  return readFileSync(path.join(repository, 'deploy/observability', file), 'utf8');
}

describe('what the components export', () => {
  test('each one is scraped on this machine, and sends the same metrics to the collector', async () => {
    expect([...scraped.keys()].sort()).toEqual(['agent', 'api', 'controllers', 'scheduler']);
    await eventually(
      'metrics of every component',
      async () => ([...scraped.keys()].every((name) => collector.metrics.has(`taffrail-${name}`)) ? true : undefined),
      60_000,
    );
    for (const [component, text] of scraped) {
      const sent = collector.metrics.get(`taffrail-${component}`) ?? new Set();
      const missing = [...text.matchAll(/^# TYPE (\S+)/gm)]
        .map(([, name = '']) => name)
        .filter((name) => !sent.has(name));
      expect(missing, component).toEqual([]);
    }
    const api = await cluster.get('/metrics');
    expect(api.body).toContain('apiserver_request_total{');
  });

  test('the dashboard and the alerts ask for nothing else', () => {
    const known = new Map<string, Set<string>>();
    for (const { name, labels } of [...scraped.values()].flatMap(exported)) {
      known.set(name, new Set([...(known.get(name) ?? []), ...labels]));
    }
    const dashboard = JSON.parse(read('grafana-dashboard.json')) as {
      readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
    };
    const alerts = parse(read('alerts.yaml')) as {
      readonly groups: readonly { readonly rules: readonly { readonly alert: string; readonly expr: string }[] }[];
    };
    const queries = [
      ...dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ where: title, expr }))),
      ...alerts.groups.flatMap(({ rules }) => rules.map(({ alert, expr }) => ({ where: alert, expr }))),
    ];
    expect(queries.length).toBeGreaterThan(40);
    // Prometheus itself adds these to whatever it scrapes.
    const added = new Set(['job', 'instance']);
    const problems = queries.flatMap(({ where, expr }) =>
      asked(expr).flatMap(({ name, labels }) => {
        const has = known.get(name);
        if (has === undefined) return [`${where}: nothing exports ${name}`];
        const strange = [...labels].filter((label) => !has.has(label) && !added.has(label));
        return strange.map((label) => `${where}: ${name} has no label ${label}`);
      }),
    );
    expect(problems).toEqual([]);
    // An alert whose query names none of our metrics would never be checked.
    const silent = queries.filter(({ expr }) => asked(expr).length === 0 && !expr.startsWith('up{'));
    expect(silent).toEqual([]);
  });
});
