import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { testDatabase, testNats, type TestDatabase, type TestNats } from '@taffrail/embedded/testing/servers';
import { connectNats } from '@taffrail/log/connect';
import { callJetStream } from '@taffrail/log/jetstream-api';
import { clusterKeyFile } from '@taffrail/log/cluster-key';
import { systemClock } from '@taffrail/platform/clock';
import { silentLogger } from '@taffrail/platform/logger';
import { systemRandom } from '@taffrail/platform/random';
import { runApi, type RunApiFlags } from './run-api.ts';
import { kubeClient, type KubeClient } from './testing/kube-client.ts';
import { testPki, type TestPki } from './testing/test-pki.ts';

let nats: TestNats;
let database: TestDatabase;
let pki: TestPki;

beforeEach(async () => {
  [nats, database, pki] = await Promise.all([testNats(), testDatabase(), testPki()]);
});
afterEach(async () => {
  await Promise.all([nats[Symbol.asyncDispose](), database[Symbol.asyncDispose](), pki[Symbol.asyncDispose]()]);
});

interface Running {
  readonly client: KubeClient;
  /** Rejects with what the server could not go on after. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

/** Starts an API server as the process would and waits until it is ready. */
async function start(changes: Partial<RunApiFlags> = {}): Promise<Running> {
  const port = 20_000 + Math.floor(Math.random() * 12_000);
  const stopping = new AbortController();
  const flags: RunApiFlags = {
    dataDir: pki.directory,
    port,
    bindAddress: '127.0.0.1',
    natsUrl: nats.url,
    databaseUrl: database.url,
    serviceCidr: '10.96.0.0/16',
    eventTtlMs: 3_600_000,
    encrypt: [],
    clusterKeyFile: clusterKeyFile(pki.directory),
    soleWriter: true,
    ...changes,
  };
  const surroundings = { clock: systemClock, random: systemRandom, logger: silentLogger, signal: stopping.signal };
  const ended = runApi(flags, surroundings);
  const failed = ended.then(() => Promise.reject(new Error('the server ended')));
  failed.catch(() => undefined);
  const url = `https://127.0.0.1:${port}`;
  const credentials = { ca: await readFile(pki.files.caCertificateFile), ...(await pki.client('admin')) };
  const ready = async (): Promise<KubeClient> => {
    for (;;) {
      const client = kubeClient(url, credentials);
      // Before it is ready a new cluster serves all the same.
      const asked = flags.firstStart === true ? '/livez' : '/readyz';
      const answer = await client.request('GET', asked).catch(() => undefined);
      if (answer?.status === 200) return client;
      client.close();
      await systemClock.sleep(50);
    }
  };
  const client = await Promise.race([ready(), failed]);
  return {
    client,
    failed,
    async stop() {
      client.close();
      stopping.abort();
      await ended;
    },
  };
}

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const configMap = (name: string, data: Readonly<Record<string, string>>): unknown => ({ metadata: { name }, data });

describe('an API server on NATS and Postgres', () => {
  test('keeps what it acknowledged over a restart, with the same revisions', async () => {
    const first = await start();
    const created = await first.client.request('POST', CONFIG_MAPS, configMap('a', { k: '1' }));
    expect(created.status).toBe(201);
    const updated = await first.client.request('PUT', `${CONFIG_MAPS}/a`, configMap('a', { k: '2' }));
    const lists = await first.client.request('GET', '/api/v1/namespaces');
    await first.stop();

    const second = await start();
    expect((await second.client.request('GET', `${CONFIG_MAPS}/a`)).text).toBe(updated.text);
    expect((await second.client.request('GET', '/api/v1/namespaces')).json.items).toEqual(lists.json.items);
    const stale = await second.client.request('PUT', `${CONFIG_MAPS}/a`, created.json);
    expect(stale.status).toBe(409);
    await second.stop();
  });

  test('tells the history of an object, after its deletion too, and who did it and why', async () => {
    const { client, stop } = await start();
    await client.request('POST', CONFIG_MAPS, configMap('a', { k: '1' }), { 'user-agent': 'kubectl/v1.32.4 (x)' });
    await client.request('PUT', `${CONFIG_MAPS}/a`, configMap('a', { k: '2' }));
    await client.request('DELETE', `${CONFIG_MAPS}/a`);
    const path = '/apis/taffrail.dev/v1/history/core/configmaps/namespaces/default/a';
    const entries = async (): Promise<readonly unknown[]> => (await client.request('GET', path)).json.items;
    await expect.poll(entries, { timeout: 5000 }).toHaveLength(3);
    const { json } = await client.request('GET', path);
    expect(json.items).toMatchObject([
      { verb: 'deleted', object: { data: { k: '2' } }, request: { verb: 'delete' } },
      { verb: 'updated', object: { data: { k: '2' } }, request: { verb: 'update' } },
      {
        verb: 'created',
        previousRevision: '0',
        actor: { user: 'kubernetes-admin', fieldManager: 'kubectl', address: '127.0.0.1' },
        object: { kind: 'ConfigMap', data: { k: '1' } },
      },
    ]);
    const page = await client.request('GET', `${path}?limit=2`);
    const rest = await client.request('GET', `${path}?limit=2&before=${page.json.metadata['before']}`);
    expect([page.json.items.length, rest.json.items.length]).toEqual([2, 1]);
    expect(rest.json.metadata).toEqual({});
    await stop();
  });

  test('resumes a watch from before memory and pages through the past, both from the projection', async () => {
    const first = await start();
    const created = await first.client.request('POST', CONFIG_MAPS, configMap('a', { k: '1' }));
    for (let round = 2; round <= 5; round++) {
      await first.client.request('PUT', `${CONFIG_MAPS}/a`, configMap('a', { k: String(round) }));
    }
    const list = await first.client.request('GET', CONFIG_MAPS);
    await first.client.request('POST', CONFIG_MAPS, configMap('b', {}));
    await first.stop();

    // A server that starts from the projection holds nothing of what was before it in memory.
    const { client, stop } = await start();
    const watch = client.watch(`${CONFIG_MAPS}?watch=true&resourceVersion=${created.json.metadata['resourceVersion']}`);
    expect(await watch.status).toBe(200);
    await client.request('PUT', `${CONFIG_MAPS}/a`, configMap('a', { k: 'live' }));
    await expect.poll(() => watch.events.length, { timeout: 5000 }).toBe(6);
    expect(watch.events.map(({ type, object }) => [type, object.metadata['name'], object.data?.['k']])).toEqual([
      ['MODIFIED', 'a', '2'],
      ['MODIFIED', 'a', '3'],
      ['MODIFIED', 'a', '4'],
      ['MODIFIED', 'a', '5'],
      ['ADDED', 'b', undefined],
      ['MODIFIED', 'a', 'live'],
    ]);
    const past = list.json.metadata['resourceVersion'];
    const exact = await client.request('GET', `${CONFIG_MAPS}?resourceVersion=${past}&resourceVersionMatch=Exact`);
    expect(exact.json.items).toEqual(list.json.items);
    expect(exact.json.metadata['resourceVersion']).toBe(past);
    watch.close();
    await stop();
  });

  test('serves writes and current reads without Postgres, and says 503 where the past is asked for', async () => {
    // An empty log is opened only with a look at the projection: it may be one that has lost everything.
    await (await start()).stop();
    const { client, stop } = await start({ databaseUrl: 'postgres://nobody@127.0.0.1:1/none' });
    expect((await client.request('POST', CONFIG_MAPS, configMap('a', {}))).status).toBe(201);
    expect((await client.request('GET', `${CONFIG_MAPS}/a`)).status).toBe(200);
    const history = await client.request('GET', '/apis/taffrail.dev/v1/history/core/configmaps/namespaces/default/a');
    expect(history.status).toBe(503);
    expect(history.headers['retry-after']).toBe('1');
    expect(history.json.reason).toBe('ServiceUnavailable');
    await stop();
  });

  test('a cluster that has never run is served before Postgres is there', async () => {
    const { client, stop } = await start({ databaseUrl: 'postgres://nobody@127.0.0.1:1/none', firstStart: true });
    expect((await client.request('POST', CONFIG_MAPS, configMap('a', {}))).status).toBe(201);
    expect((await client.request('GET', '/readyz')).status).toBe(500);
    await stop();
    const again = await start({ firstStart: true });
    await expect.poll(async () => (await again.client.request('GET', '/readyz')).status, { timeout: 10_000 }).toBe(200);
    expect((await again.client.request('GET', `${CONFIG_MAPS}/a`)).status).toBe(200);
    await again.stop();
  });

  test('a log that has lost what was projected is refused with one sentence that says what to do', async () => {
    await (await start()).stop();
    const link = await connectNats({ url: nats.url, name: 'test', clock: systemClock, logger: silentLogger });
    await callJetStream(link, 'STREAM.DELETE.LOG');
    await link.close();
    await expect(start()).rejects.toMatchObject({
      code: 'log-behind',
      message: expect.stringMatching(/^log LOG .*lost commits; "taffrail log repair"/) as string,
    });
  });

  test('a log that is said to be new and is not ends the server once the projection says so', async () => {
    const first = await start();
    await first.client.request('POST', CONFIG_MAPS, configMap('a', {}));
    await first.stop();
    const link = await connectNats({ url: nats.url, name: 'test', clock: systemClock, logger: silentLogger });
    await callJetStream(link, 'STREAM.DELETE.LOG');
    await link.close();
    // The projection may say so before the server is ready, or after.
    const ended = start({ firstStart: true }).then(async ({ client, failed }) => {
      client.close();
      return await failed;
    });
    await expect(ended).rejects.toMatchObject({ code: expect.stringMatching(/^log-(behind|corrupt)$/) as string });
  });
});
