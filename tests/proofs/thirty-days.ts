/**
 * The past of thirty days, read back and proven, on a NATS, a Postgres and an API server whose clock is set on:
 *
 *     node --conditions=source tests/proofs/thirty-days.ts [--moments 200] [--writes 3000]
 *
 * While random writes go on, a recorder lists every kind at random moments. Then the server is started anew and every list is
 * asked for again below `/at/`, by time and by revision, in pages and with selectors: it must be the one that was recorded,
 * byte for byte. At the end the thirty days are exported and verified by a process that has the file and a checkpoint from
 * before them, no data directory and no network; and one changed byte is found. Exit code 1 when anything differs.
 */
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { startNats } from '@taffrail/embedded/nats-server';
import { startPostgres } from '@taffrail/embedded/postgres-server';
import { runningProcess } from '@taffrail/embedded/running-process';
import { systemClock } from '@taffrail/platform/clock';
import { seededRandom, systemRandom, type Random } from '@taffrail/platform/random';
import { openDatabase } from '@taffrail/projection/database';
import type { KubeAnswer, KubeClient } from '../../services/api/testing/kube-client.ts';
import { apiServers } from '../../services/api/testing/running-api.ts';
import { shiftedClock, type ShiftedClock } from '../../services/api/testing/shifted-clock.ts';
import { testPki } from '../../services/api/testing/test-pki.ts';
import { DATA_FORMAT, writeClusterRecord } from '../../services/cli/cluster/cluster-record.ts';
import { run, type CommandResult } from '../e2e/kubectl.ts';

export interface ThirtyDaysFigures {
  readonly writes: number;
  readonly refused: number;
  readonly moments: number;
  /** Lists that were compared, and the objects in them. */
  readonly lists: number;
  readonly objects: number;
  /** Lists that were not the recorded ones; the first is said. */
  readonly different: readonly string[];
  readonly exportedEvents: number;
  /** What Postgres counts of the same thirty days. */
  readonly projectedEvents: number;
  readonly verified: boolean;
  /** Whether the verification had a network of its own without anything in it. */
  readonly withoutNetwork: boolean;
  readonly changedByteFound: boolean;
}

const DAY = 24 * 3_600_000;
const repository = path.resolve(import.meta.dirname, '../..');

export async function proveThirtyDays(
  moments: number,
  writes: number,
  say: (line: string) => void,
): Promise<ThirtyDaysFigures> {
  await using scope = new AsyncDisposableStack();
  const directory = await mkdtemp(path.join(tmpdir(), 'taffrail-days-'));
  scope.defer(async () => await rm(directory, { recursive: true, force: true }));
  const signal = AbortSignal.timeout(1_800_000);
  const nats = await startNats({
    storeDir: path.join(directory, 'nats'),
    clock: systemClock,
    random: systemRandom,
    signal,
  });
  scope.defer(async () => await nats.stop());
  const postgres = await startPostgres({ directory: path.join(directory, 'postgres'), clock: systemClock, signal });
  scope.defer(async () => await postgres.stop());
  const pki = await testPki();
  scope.defer(async () => await pki[Symbol.asyncDispose]());
  const clock = shiftedClock(systemClock.nowMs() - 31 * DAY);
  const servers = scope.use(apiServers({ natsUrl: nats.url, databaseUrl: postgres.url, pki, clock }));
  writeRecord(pki.directory, nats.url, postgres.url);

  const options = { eventTtlMs: 90 * DAY, soleWriter: true };
  const server = await servers.start(options);
  const kept = path.join(directory, 'kept.json');
  await expectDone(taffrail(pki.directory, 'log', 'checkpoint', '-o', kept));
  clock.pass(1_000);
  const fromMs = clock.nowMs();
  const history = await live(server.client, clock, { moments, writes, random: seededRandom(30), say });
  const toMs = clock.nowMs();
  clock.pass(1_000);
  await server.stop();

  const again = await servers.start(options);
  const compared = await compare(again.client, history.recorded, say);
  await again.stop();

  const file = path.join(directory, 'thirty-days');
  const range = ['--from', new Date(fromMs).toISOString(), '--to', new Date(toMs).toISOString()];
  await expectDone(taffrail(pki.directory, 'log', 'export', file, ...range, '--checkpoint', kept));
  const verification = await verifyAlone(path.join(directory, 'auditor'), file, kept);
  return {
    writes: history.accepted,
    refused: history.refused,
    moments: history.recorded.length,
    ...compared,
    ...verification,
    projectedEvents: await projected(postgres.url, fromMs, toMs),
  };
}

/** A list as the recorder saw it. */
interface RecordedList {
  readonly path: string;
  readonly text: string;
  readonly items: number;
}

interface Recorded {
  readonly timeMs: number;
  /** Where LOG stood. */
  readonly revision: string;
  readonly lists: readonly RecordedList[];
}

interface History {
  readonly recorded: readonly Recorded[];
  readonly accepted: number;
  readonly refused: number;
}

async function live(
  client: KubeClient,
  clock: ShiftedClock,
  options: {
    readonly moments: number;
    readonly writes: number;
    readonly random: Random;
    readonly say: (line: string) => void;
  },
): Promise<History> {
  const { moments, writes, random, say } = options;
  const paths = await listPaths(client);
  for (const name of SCOPES.slice(1)) await client.request('POST', '/api/v1/namespaces', { metadata: { name } });
  const due = new Set<number>();
  while (due.size < Math.min(moments, writes)) due.add(Math.floor(random.next() * writes));
  const recorded: Recorded[] = [];
  let accepted = 0;
  let refused = 0;
  for (let step = 0; step < writes; step++) {
    clock.pass(1 + random.next() * ((2 * 30 * DAY) / writes));
    const { status } = await write(client, random, step);
    if (status < 400) accepted += 1;
    else refused += 1;
    if (!due.has(step)) continue;
    // Nothing else may come within the millisecond that is recorded.
    clock.pass(2);
    recorded.push(await record(client, clock.nowMs(), paths));
    clock.pass(2);
    if (recorded.length % 20 === 0) say(`${recorded.length} moments recorded`);
  }
  return { recorded, accepted, refused };
}

/** Every kind's collection, but of Leases, of which only the last value is kept. */
async function listPaths(client: KubeClient): Promise<readonly string[]> {
  const roots = ['/api/v1'];
  const { json } = await client.request('GET', '/apis');
  const groups = json['groups'] as readonly { readonly versions: readonly { readonly groupVersion: string }[] }[];
  for (const { versions } of groups) roots.push(...versions.map(({ groupVersion }) => `/apis/${groupVersion}`));
  const paths: string[] = [];
  for (const root of roots) {
    const resources = (await client.request('GET', root)).json['resources'] as readonly {
      readonly name: string;
      readonly verbs: readonly string[];
    }[];
    for (const { name, verbs } of resources) {
      const kept = name !== 'leases' && name !== 'componentstatuses';
      if (kept && !name.includes('/') && verbs.includes('list')) paths.push(`${root}/${name}`);
    }
  }
  return paths;
}

async function record(client: KubeClient, timeMs: number, paths: readonly string[]): Promise<Recorded> {
  const lists: RecordedList[] = [];
  for (const path of paths) {
    const answer = await client.request('GET', path);
    lists.push({ path, text: answer.text, items: answer.json.items.length });
  }
  const revision = (await client.request('GET', '/api/v1/namespaces?limit=1')).json.metadata['resourceVersion'] ?? '';
  return { timeMs, revision, lists };
}

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
const SCOPES = ['default', 'one', 'two'];

/** One write of some kind; many are refused, as in life (a name that is taken, an object that is gone). */
async function write(client: KubeClient, random: Random, step: number): Promise<KubeAnswer> {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(random.next() * items.length)] as Item;
  const name = pick(NAMES);
  const scope = pick(SCOPES);
  const labels = { step: String(step % 7), app: name };
  const core = (resource: string): string => `/api/v1/namespaces/${scope}/${resource}`;
  const apps = (resource: string): string => `/apis/apps/v1/namespaces/${scope}/${resource}`;
  const template = { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'c', image: `i:${step}` }] } };
  const workload = { selector: { matchLabels: { app: name } }, template };
  const merge = { 'content-type': 'application/merge-patch+json' };
  const metadata = { name, labels };
  const changes: readonly (() => Promise<KubeAnswer>)[] = [
    () => client.request('POST', core('configmaps'), { metadata, data: { step: String(step) } }),
    () =>
      client.request(
        'PATCH',
        `${core('configmaps')}/${name}`,
        { metadata: { labels }, data: { step: String(step) } },
        merge,
      ),
    () => client.request('DELETE', `${core('configmaps')}/${name}`),
    () => client.request('POST', core('secrets'), { metadata, stringData: { word: `secret-${step}` } }),
    () => client.request('PATCH', `${core('secrets')}/${name}`, { stringData: { word: `secret-${step}` } }, merge),
    () => client.request('DELETE', `${core('secrets')}/${name}`),
    () => client.request('POST', apps('deployments'), { metadata, spec: { replicas: 2, ...workload } }),
    () => client.request('PATCH', `${apps('deployments')}/${name}`, { spec: { replicas: step % 5 } }, merge),
    () => client.request('DELETE', `${apps('deployments')}/${name}?propagationPolicy=Background`),
    () => client.request('POST', core('services'), { metadata, spec: { ports: [{ port: 80 }] } }),
    () => client.request('DELETE', `${core('services')}/${name}`),
    () => client.request('POST', '/api/v1/namespaces', { metadata: { name: pick(['one', 'two']) } }),
    () =>
      client.request('POST', core('events'), {
        metadata: { generateName: 'e-' },
        involvedObject: { kind: 'Pod', name, namespace: scope },
        reason: `Step${step}`,
      }),
    () =>
      client.request('POST', `/apis/taffrail.dev/v1/transactions?namespace=${scope}`, {
        items: ['x', 'y', 'z'].map((each) => ({
          verb: 'apply',
          object: {
            apiVersion: 'v1',
            kind: 'ConfigMap',
            metadata: { name: `t-${each}` },
            data: { step: String(step) },
          },
        })),
      }),
    () => client.request('DELETE', `${core('configmaps')}?labelSelector=step%3D${step % 7}`),
  ];
  return await pick(changes)();
}

async function compare(
  client: KubeClient,
  recorded: readonly Recorded[],
  say: (line: string) => void,
): Promise<Pick<ThirtyDaysFigures, 'lists' | 'objects' | 'different'>> {
  let [lists, objects] = [0, 0];
  const different: string[] = [];
  for (const [index, { timeMs, revision, lists: then }] of recorded.entries()) {
    const byTime = `/at/${new Date(timeMs).toISOString()}`;
    for (const { path, text, items } of then) {
      // Events have revisions of their own, so that a revision of LOG shows them as of its commit's time.
      const at = index % 2 === 0 || path.endsWith('/events') ? byTime : `/at/${revision}`;
      const now = await client.request('GET', `${at}${path}`);
      if (now.text !== text) different.push(`${at}${path}: ${now.status}, ${items} objects recorded`);
      lists += 1;
      objects += items;
    }
    different.push(...(await comparePages(client, `${byTime}/api/v1/configmaps`, then)));
    if ((index + 1) % 20 === 0) say(`${index + 1} moments compared, ${different.length} lists differ`);
  }
  return { lists, objects, different };
}

/** The same in pages, and by a selector. */
async function comparePages(client: KubeClient, at: string, then: readonly RecordedList[]): Promise<readonly string[]> {
  const whole = then.find(({ path }) => path === '/api/v1/configmaps');
  const items = (JSON.parse(whole?.text ?? '{"items":[]}') as { items: readonly Labelled[] }).items;
  const paged: unknown[] = [];
  for (let token: string | undefined = ''; token !== undefined;) {
    const { json }: KubeAnswer = await client.request('GET', `${at}?limit=5&continue=${token}`);
    paged.push(...json.items);
    token = json.metadata['continue'];
  }
  const selected = (await client.request('GET', `${at}?labelSelector=step%3D3`)).json.items;
  const wanted = items.filter(({ metadata }) => metadata.labels?.['step'] === '3');
  return [
    ...(JSON.stringify(paged) === JSON.stringify(items) ? [] : [`${at} in pages`]),
    ...(JSON.stringify(selected) === JSON.stringify(wanted) ? [] : [`${at} by label`]),
  ];
}

interface Labelled {
  readonly metadata: { readonly labels?: Readonly<Record<string, string>> };
}

function writeRecord(dataDir: string, natsUrl: string, databaseUrl: string): void {
  const supervisor = runningProcess(process.pid);
  if (supervisor === undefined) throw new Error('this process runs');
  writeClusterRecord(dataDir, {
    format: DATA_FORMAT,
    supervisor,
    server: 'https://127.0.0.1:1',
    kubeconfig: path.join(dataDir, 'kubeconfig'),
    natsUrl,
    databaseUrl,
    components: [],
    nodes: [],
  });
}

const CLI = [process.execPath, '--conditions=source', path.join(repository, 'services/cli/main.ts')] as const;

async function taffrail(dataDir: string, ...args: readonly string[]): Promise<CommandResult> {
  const [node, ...start] = CLI;
  return await run(node, [...start, ...args, '--data-dir', dataDir]);
}

async function expectDone(running: Promise<CommandResult>): Promise<void> {
  const { code, stderr } = await running;
  if (code !== 0) throw new Error(stderr);
}

/** Verifies as an auditor would: in a directory with the file and what was kept, with nothing else and no network. */
async function verifyAlone(
  directory: string,
  exported: string,
  kept: string,
): Promise<Pick<ThirtyDaysFigures, 'exportedEvents' | 'verified' | 'withoutNetwork' | 'changedByteFound'>> {
  await mkdir(directory);
  await copyFile(exported, path.join(directory, 'file'));
  await copyFile(kept, path.join(directory, 'kept'));
  const withoutNetwork = (await run('unshare', ['--net', 'true'])).code === 0;
  const verify = async (file: string): Promise<CommandResult> => {
    const command = [...CLI, 'log', 'verify', file, '--checkpoint', 'kept', '-o', 'json'];
    const [program = '', ...args] = withoutNetwork ? ['unshare', '--net', ...command] : command;
    return await run(program, args, { cwd: directory, environment: { HOME: directory, TAFFRAIL_DATA_DIR: directory } });
  };
  const { code, stdout, stderr } = await verify('file');
  if (code !== 0) throw new Error(stderr);
  const logs = JSON.parse(stdout) as readonly { readonly inRange: { readonly events: number } }[];
  const changed = await readFile(path.join(directory, 'file'));
  const middle = Math.floor(changed.byteLength / 2);
  changed[middle] = (changed[middle] ?? 0) ^ 1;
  await writeFile(path.join(directory, 'changed'), changed);
  return {
    exportedEvents: logs.reduce((sum, { inRange }) => sum + inRange.events, 0),
    verified: stderr.includes('whole from'),
    withoutNetwork,
    changedByteFound: (await verify('changed')).code === 1,
  };
}

async function projected(url: string, fromMs: number, toMs: number): Promise<number> {
  const database = openDatabase({ url, name: 'proof', connectionsCount: 1 });
  try {
    const [row] = await database<{ events: number }[]>`
      SELECT count(*) AS events FROM audit.events
      WHERE time BETWEEN to_timestamp(${fromMs} / 1000.0) AND to_timestamp(${toMs} / 1000.0)`;
    return row?.events ?? 0;
  } finally {
    await database.end();
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { moments: { type: 'string', default: '200' }, writes: { type: 'string', default: '3000' } },
  });
  const figures = await proveThirtyDays(Number(values.moments), Number(values.writes), console.log);
  console.log(JSON.stringify(figures, undefined, 2));
  const right = figures.different.length === 0 && figures.verified && figures.changedByteFound;
  process.exitCode = right && figures.exportedEvents === figures.projectedEvents ? 0 : 1;
}
