import { expect, test } from 'vitest';
import { limits } from '@taffrail/platform/limits';
import { kubeClient, type KubeClient, type OpenedWatch } from './testing/kube-client.ts';
import { memoryServer } from './testing/memory-server.ts';

const WATCHERS_COUNT = 1_000;
const CONNECTIONS_COUNT = 20;
const SMALL_COUNT = 20;
const LARGE_COUNT = 16;
const MIB = 1024 * 1024;

/** What a watch told, in order. */
const told = ({ events }: OpenedWatch): readonly string[] =>
  events.map(({ type, object }) => `${type} ${object.metadata['name']} ${object.metadata['resourceVersion']}`);

test('of a thousand watchers one that does not read is cut off, and resumes without a gap or a repeat', async () => {
  await using server = await memoryServer();
  const credentials = { ca: server.pki.tls.clientAuthority, ...(await server.pki.client('admin')) };
  const clients: KubeClient[] = Array.from({ length: CONNECTIONS_COUNT }, () => kubeClient(server.url, credentials));
  const slow = kubeClient(server.url, credentials);
  const admin = kubeClient(server.url, credentials);
  const path = '/api/v1/namespaces/default/configmaps';
  const from = (revision: string, rest = ''): string => `${path}?watch=1&resourceVersion=${revision}${rest}`;
  const start = (await admin.request('GET', path)).json.metadata['resourceVersion'] ?? '';

  // The large objects are for two watchers only: sent to all, they would measure the network and nothing else.
  const small = Array.from({ length: WATCHERS_COUNT - 2 }, (_, index) =>
    (clients[index % CONNECTIONS_COUNT] as KubeClient).watch(from(start, '&labelSelector=load!%3Dlarge')),
  );
  const reading = admin.watch(from(start));
  const paused = slow.watch(from(start));
  const statuses = await Promise.all([...small, reading, paused].map(async (watch) => await watch.status));
  expect(statuses.filter((status) => status === 200)).toHaveLength(WATCHERS_COUNT);
  paused.pause();
  const before = process.memoryUsage().rss;

  const create = async (name: string, load: string, filler: string): Promise<void> => {
    const body = { metadata: { name, labels: { load } }, data: { filler } };
    expect((await admin.request('POST', path, body)).status).toBe(201);
  };
  const filler = 'x'.repeat(900_000);
  for (let index = 0; index < Math.max(SMALL_COUNT, LARGE_COUNT); index++) {
    if (index < SMALL_COUNT) await create(`small-${index}`, 'small', 'y');
    if (index < LARGE_COUNT) await create(`large-${index}`, 'large', filler);
  }

  const total = SMALL_COUNT + LARGE_COUNT;
  await expect.poll(() => reading.events.length, { timeout: 20_000 }).toBe(total);
  await expect
    .poll(() => small.filter(({ events }) => events.length === SMALL_COUNT).length, { timeout: 20_000 })
    .toBe(small.length);
  const expected = told(reading);
  const expectedSmall = expected.filter((event) => event.includes('small'));
  for (const watch of small) expect(told(watch)).toEqual(expectedSmall);
  // What waits for the stuck one is bounded; the rest is the objects themselves and what the clients here hold.
  const grownBytes = process.memoryUsage().rss - before;
  console.info(`resident memory grew by ${Math.round(grownBytes / MIB)} MiB`);
  expect(grownBytes).toBeLessThan(limits.watcherBufferBytes + 300 * MIB);

  paused.resume();
  await paused.ended;
  expect(paused.events.length).toBeLessThan(total);
  const last = paused.events.at(-1)?.object.metadata['resourceVersion'] ?? start;
  const resumed = slow.watch(from(last));
  await expect.poll(() => paused.events.length + resumed.events.length, { timeout: 20_000 }).toBe(total);
  expect([...told(paused), ...told(resumed)]).toEqual(expected);
  for (const client of [...clients, slow, admin]) client.close();
}, 90_000);
