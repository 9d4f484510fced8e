import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kubeClient, type KubeAnswer, type KubeClient } from './testing/kube-client.ts';
import { memoryServer, type MemoryServer } from './testing/memory-server.ts';
import { shiftedClock, type ShiftedClock } from './testing/shifted-clock.ts';

const MINUTE = 60_000;
let clock: ShiftedClock;
let server: MemoryServer;
let admin: KubeClient;
let scheduler: KubeClient;
let nobody: KubeClient;

beforeAll(async () => {
  clock = shiftedClock(Date.parse('2026-03-01T00:00:00Z'));
  server = await memoryServer({ clock });
  const ca = server.pki.tls.clientAuthority;
  admin = kubeClient(server.url, { ca, ...(await server.pki.client('admin')) });
  scheduler = kubeClient(server.url, { ca, ...(await server.pki.client('scheduler')) });
  nobody = kubeClient(server.url, { ca });
});
afterAll(async () => {
  for (const client of [admin, scheduler, nobody]) client.close();
  await server[Symbol.asyncDispose]();
});

let namespaces = 0;
async function namespace(): Promise<string> {
  const name = `test-${++namespaces}`;
  expect((await admin.request('POST', '/api/v1/namespaces', { metadata: { name } })).status).toBe(201);
  return `/api/v1/namespaces/${name}`;
}
const configMap = (name: string, k = '1', labels: Readonly<Record<string, string>> = {}): unknown => ({
  metadata: { name, labels },
  data: { k },
});
const revisionOf = ({ json }: KubeAnswer): string => json.metadata['resourceVersion'] ?? '';
const get = async (path: string, headers?: Readonly<Record<string, string>>): Promise<KubeAnswer> =>
  await admin.request('GET', path, undefined, headers);
const names = ({ json }: KubeAnswer): readonly unknown[] => json.items.map((item) => item.metadata['name']);
const iso = (ms: number): string => new Date(ms).toISOString();
const table = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' };

describe('reading a past moment', () => {
  test('get and list answer what they answered then, byte for byte, by revision and by time', async () => {
    const path = `${await namespace()}/configmaps`;
    const created = await admin.request('POST', path, configMap('a'));
    await admin.request('POST', path, configMap('b'));
    const list = await get(path);
    const atMs = clock.nowMs();
    clock.pass(MINUTE);
    await admin.request('PUT', `${path}/a`, configMap('a', '2'));
    await admin.request('DELETE', `${path}/b`);
    for (const moment of [revisionOf(list), iso(atMs), iso(atMs + MINUTE / 2)]) {
      expect((await get(`/at/${moment}${path}`)).text).toBe(list.text);
      expect((await get(`/at/${moment}${path}/a`)).text).toBe(created.text);
      expect((await get(`/at/${moment}${path}/b`)).status).toBe(200);
    }
    expect(names(await get(`/at/${revisionOf(created)}${path}`))).toEqual(['a']);
    const before = Number(revisionOf(created)) - 1;
    expect((await get(`/at/${before}${path}/a`)).json).toMatchObject({ code: 404, reason: 'NotFound' });
    const dated = await get(`/at/${iso(atMs)}${path}`);
    expect(dated.headers['taffrail-revision']).toBe(revisionOf(list));
    expect(dated.headers['taffrail-time']).toBe(iso(atMs));
  });

  test('a time is understood with a zone, a fraction, and percent-encoded', async () => {
    const path = `${await namespace()}/configmaps`;
    clock.pass(MINUTE);
    await admin.request('POST', path, configMap('a'));
    const list = await get(path);
    const atMs = Math.ceil(clock.nowMs() / 1000) * 1000;
    clock.pass(MINUTE);
    await admin.request('DELETE', `${path}/a`);
    const inZone = `${iso(atMs + 2 * 3_600_000).slice(0, 19)}+02:00`;
    const moments = [
      iso(atMs).replace('.000Z', 'Z'),
      iso(atMs).replace('.000Z', '.0009999Z'),
      iso(atMs).replace('.000Z', 'Z').toLowerCase(),
      inZone,
      encodeURIComponent(iso(atMs)),
      encodeURIComponent(inZone),
    ];
    for (const moment of moments)
      expect([moment, (await get(`/at/${moment}${path}`)).text]).toEqual([moment, list.text]);
  });

  test('what is no moment, was before the log and has not been yet is refused in words that say so', async () => {
    const refusal = async (moment: string): Promise<unknown> => {
      const { status, json } = await get(`/at/${moment}/api/v1/pods`);
      expect(json).toMatchObject({ kind: 'Status', code: status, reason: 'BadRequest' });
      return [status, json.message];
    };
    const message = (text: RegExp): unknown => expect.stringMatching(text);
    for (const text of ['yesterday', '2026-13-01T00:00:00Z', '2026-03-01', '-5', '1e3', '007', '%zz', '']) {
      expect(await refusal(text)).toEqual([400, message(/is no moment: neither a revision .* nor a time like /)]);
    }
    expect(await refusal(iso(clock.nowMs() + MINUTE))).toEqual([400, message(/lies in the future: it is 2026-03-01T/)]);
    expect(await refusal('9007199254740991')).toEqual([400, message(/lies in the future: the log stands at \d+$/)]);
    const began = message(/lies before the beginning of the log, which began at revision 1024 \(2026-03-01T00:00:0/);
    for (const text of ['2020-01-01T00:00:00Z', '0', '1023']) expect(await refusal(text)).toEqual([400, began]);
    expect(await refusal('1024;speed=1;pace=2')).toEqual([400, message(/takes ;speed= and ;until=, not ;pace/)]);
  });

  test('a revision inside a transaction shows all of it', async () => {
    const path = `${await namespace()}/configmaps`;
    const scope = path.split('/')[4];
    const items = ['x', 'y', 'z'].map((name) => ({
      verb: 'create',
      object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } },
    }));
    await admin.request('POST', `/apis/taffrail.dev/v1/transactions?namespace=${scope}`, { items });
    const first = revisionOf(await get(`${path}/x`));
    const past = await get(`/at/${first}${path}`);
    expect([names(past), Number(revisionOf(past))]).toEqual([['x', 'y', 'z'], Number(first) + 2]);
    expect((await get(`/at/${first}${path}/z`)).status).toBe(200);
  });

  test('selectors, pages and exact revisions work as in the present', async () => {
    const path = `${await namespace()}/configmaps`;
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      await admin.request('POST', path, configMap(name, name, { odd: String('ace'.includes(name)) }));
    }
    const at = revisionOf(await get(path));
    const earlier = revisionOf(await get(`${path}/b`));
    await admin.request('DELETE', path);
    const past = `/at/${at}${path}`;
    expect(names(await get(`${past}?labelSelector=odd%3Dtrue`))).toEqual(['a', 'c', 'e']);
    expect(names(await get(`${past}?labelSelector=odd+notin+(true),!missing`))).toEqual(['b', 'd']);
    expect(names(await get(`${past}?fieldSelector=metadata.name%3Dc`))).toEqual(['c']);
    const everywhere = `/at/${at}/api/v1/configmaps?fieldSelector=metadata.namespace%3D${path.split('/')[4]}`;
    expect(names(await get(everywhere))).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect((await get(`${past}?fieldSelector=spec.x%3Dy`)).status).toBe(400);
    const pages: unknown[] = [];
    for (let token: string | undefined = ''; token !== undefined;) {
      const page: KubeAnswer = await get(`${past}?limit=2&continue=${token}`);
      pages.push([revisionOf(page), ...names(page)]);
      token = page.json.metadata['continue'];
    }
    expect(pages).toEqual([
      [at, 'a', 'b'],
      [at, 'c', 'd'],
      [at, 'e'],
    ]);
    expect(names(await get(`${past}?resourceVersion=${earlier}&resourceVersionMatch=Exact`))).toEqual(['a', 'b']);
    expect(names(await get(`${past}?resourceVersion=0`))).toHaveLength(5);
    const newer = await get(`/at/${earlier}${path}?resourceVersion=${at}`);
    expect(newer.json).toMatchObject({ code: 504, reason: 'Timeout' });
  });

  test('tables count ages from the moment, and every shape of an answer is there', async () => {
    const path = `${await namespace()}/configmaps`;
    await admin.request('POST', path, configMap('a'));
    clock.pass(5 * MINUTE);
    const atMs = clock.nowMs();
    clock.pass(3 * 24 * 60 * MINUTE);
    const age = async (prefix: string): Promise<unknown> => {
      const { json } = await get(`${prefix}${path}`, table);
      return (json['rows'] as readonly { cells: readonly unknown[] }[])[0]?.cells[2];
    };
    expect([await age(`/at/${iso(atMs)}`), await age('')]).toEqual(['5m', '3d']);
    const partial = { accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' };
    expect((await get(`/at/${iso(atMs)}${path}`, partial)).json.kind).toBe('PartialObjectMetadataList');
    expect((await get(`/at/${iso(atMs)}${path}/a`, { accept: 'application/yaml' })).text).toContain('kind: ConfigMap');
  });

  test('status and scale are read as they were', async () => {
    const path = (await namespace()).replace('/api/v1/', '/apis/apps/v1/');
    const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    const web = { metadata: { name: 'web' }, spec: { replicas: 2, selector: { matchLabels: { a: 'b' } }, template } };
    const created = await admin.request('POST', `${path}/deployments`, web);
    expect(created.status).toBe(201);
    await admin.request('DELETE', `${path}/deployments/web?propagationPolicy=Background`);
    const past = `/at/${revisionOf(created)}${path}/deployments/web`;
    expect((await get(`${past}/scale`)).json).toMatchObject({ kind: 'Scale', spec: { replicas: 2 } });
    expect((await get(`${past}/status`)).json).toMatchObject({ kind: 'Deployment' });
  });

  test('Events are shown by time and Leases as none', async () => {
    const path = await namespace();
    const scope = path.split('/')[4];
    const event = {
      metadata: { name: 'e' },
      involvedObject: { kind: 'ConfigMap', name: 'a', namespace: scope },
      reason: 'Tested',
    };
    clock.pass(MINUTE);
    const beforeMs = clock.nowMs() - 1;
    expect((await admin.request('POST', `${path}/events`, event)).status).toBe(201);
    const lease = { metadata: { name: 'l' }, spec: { holderIdentity: 'me' } };
    const leases = `/apis/coordination.k8s.io/v1/namespaces/${scope}/leases`;
    expect((await admin.request('POST', leases, lease)).status).toBe(201);
    const atMs = clock.nowMs();
    clock.pass(MINUTE);
    expect(names(await get(`/at/${iso(atMs)}${path}/events`))).toEqual(['e']);
    expect(names(await get(`/at/${iso(beforeMs)}${path}/events`))).toEqual([]);
    const newEvents = `/apis/events.k8s.io/v1/namespaces/${scope}/events`;
    expect(names(await get(`/at/${iso(atMs)}${newEvents}`))).toEqual(['e']);
    const none = await get(`/at/${iso(atMs)}${leases}`);
    expect([names(none), none.json.kind, revisionOf(none) === '0']).toEqual([[], 'LeaseList', false]);
    expect((await get(`/at/${iso(atMs)}${leases}/l`)).json).toMatchObject({ code: 404 });
  });

  test('a Secret is shown as it was to who may read it, until it is purged: then no moment shows its value', async () => {
    const path = `${await namespace()}/secrets`;
    const value = Buffer.from('then and no more').toString('base64');
    const created = await admin.request('POST', path, { metadata: { name: 's' }, data: { word: value } });
    const past = `/at/${revisionOf(created)}${path}`;
    await admin.request('PUT', `${path}/s`, { metadata: { name: 's' }, data: { word: 'bmV3' } });
    for (const of of [`${past}/s`, past]) expect((await get(of)).text).toContain(value);
    expect((await get(`${past}?watch=1&until=now`)).text).toContain(value);
    const order = { spec: { group: '', resource: 'secrets', namespace: path.split('/')[4], name: 's' } };
    const purge = { kind: 'Purge', apiVersion: 'taffrail.dev/v1', ...order };
    expect((await admin.request('POST', '/apis/taffrail.dev/v1/purges', purge)).status).toBe(201);
    for (const of of [`${past}/s`, past, `${past}?watch=1&until=now`]) {
      const { status, text } = await get(of);
      expect([status, text.includes(value), text.includes('"taffrail.dev/unreadable":"purged"')]).toEqual([
        200,
        false,
        true,
      ]);
    }
  });

  test('discovery, OpenAPI and version are those of an API of its own, below its own address', async () => {
    const at = revisionOf(await get('/api/v1/namespaces'));
    for (const path of ['/api', '/apis', '/api/v1', '/apis/apps/v1', '/version', '/openapi/v2']) {
      expect([path, (await get(`/at/${at}${path}`)).text]).toEqual([path, (await get(path)).text]);
    }
    const { json } = await get(`/at/${at}/openapi/v3`);
    const { serverRelativeURL: address } = (json['paths'] as Readonly<Record<string, { serverRelativeURL: string }>>)[
      'api/v1'
    ] ?? { serverRelativeURL: '' };
    expect(address).toMatch(new RegExp(`^/at/${at}/openapi/v3/api/v1\\?hash=`));
    expect((await get(address)).status).toBe(200);
    expect((await get(`/at/${at}`)).json['paths']).toContain('/apis/apps/v1');
    expect((await get(`/at/${at}/metrics`)).status).toBe(404);
    expect((await get(`/at/${at}/apis/taffrail.dev/v1/history/core/configmaps/x`)).status).toBe(404);
    expect((await get(`/at/${at}/apis/none.example/v1/things`)).status).toBe(404);
  });
});

describe('what a past moment refuses', () => {
  test('every write is a 405 that says why, whoever asks and dry run or not', async () => {
    const path = `${await namespace()}/configmaps`;
    const at = revisionOf(await admin.request('POST', path, configMap('a')));
    const attempts: readonly (readonly [string, string])[] = [
      ['POST', path],
      ['POST', `${path}?dryRun=All`],
      ['PUT', `${path}/a`],
      ['PATCH', `${path}/a`],
      ['DELETE', `${path}/a`],
      ['DELETE', path],
      ['PUT', `${path}/a/status`],
      ['POST', '/apis/taffrail.dev/v1/transactions'],
    ];
    for (const [method, target] of attempts) {
      for (const client of [admin, scheduler]) {
        const { json } = await client.request(method, `/at/${at}${target}`, configMap('a'));
        expect([method, target, json]).toMatchObject([
          method,
          target,
          { code: 405, reason: 'MethodNotAllowed', message: expect.stringContaining('read only') as string },
        ]);
      }
    }
    expect(revisionOf(await get(`${path}/a`))).toBe(at);
    for (const connection of ['log', 'exec', 'portforward']) {
      const { json } = await get(`/at/${at}/api/v1/namespaces/default/pods/p/${connection}`);
      expect(json).toMatchObject({ code: 405, message: expect.stringContaining('ask the present') as string });
    }
  });

  test("who asks needs today's permission, and learns nothing of the log without it", async () => {
    const at = revisionOf(await get('/api/v1/namespaces'));
    const secrets = `/at/${at}/api/v1/namespaces/default/secrets`;
    expect((await get(secrets)).status).toBe(200);
    expect((await scheduler.request('GET', `/at/${at}/apis/apps/v1/deployments`)).status).toBe(200);
    for (const moment of [at, '9007199254740991']) {
      const { json } = await scheduler.request('GET', `/at/${moment}/apis/batch/v1/namespaces/default/jobs`);
      expect(json).toMatchObject({
        code: 403,
        message: expect.stringContaining('cannot list resource "jobs"') as string,
      });
    }
    expect((await nobody.request('GET', secrets)).status).toBe(401);
  });

  test('questions about oneself are answered as of now', async () => {
    const at = revisionOf(await get('/api/v1/namespaces'));
    const ask = async (client: KubeClient, verb: string): Promise<unknown> => {
      const resourceAttributes = { verb, resource: 'jobs', group: 'batch', namespace: 'default' };
      const path = `/at/${at}/apis/authorization.k8s.io/v1/selfsubjectaccessreviews`;
      const { json } = await client.request('POST', path, { spec: { resourceAttributes } });
      return (json['status'] as { readonly allowed: boolean }).allowed;
    };
    expect([await ask(admin, 'list'), await ask(scheduler, 'list')]).toEqual([true, false]);
    expect((await get(`/at/${at}/api/v1/componentstatuses`)).status).toBe(405);
    const token = `/at/${at}/api/v1/namespaces/default/serviceaccounts/default/token`;
    expect((await admin.request('POST', token, { spec: {} })).status).toBe(405);
  });

  test('while Postgres is away the past is a 503 and the present goes on', async () => {
    const at = revisionOf(await get('/api/v1/namespaces'));
    server.readModel.available = false;
    try {
      const answer = await get(`/at/${at}/api/v1/namespaces`);
      expect([answer.status, answer.headers['retry-after']]).toEqual([503, '1']);
      expect((await get('/api/v1/namespaces')).status).toBe(200);
    } finally {
      server.readModel.available = true;
    }
  });
});

describe('watching on from a past moment', () => {
  const told = (watch: ReturnType<KubeClient['watch']>): readonly string[] =>
    watch.events.map(({ type, object }) =>
      [type, object.metadata['name'] ?? '', object.data?.['k'] ?? ''].join(' ').trimEnd(),
    );

  /** A collection with a past: a, b; then a changed and c made an hour later; then b deleted an hour later. */
  async function collection(): Promise<{ path: string; at: string; firstMs: number; secondMs: number }> {
    const path = `${await namespace()}/configmaps`;
    await admin.request('POST', path, configMap('a'));
    await admin.request('POST', path, configMap('b'));
    const at = revisionOf(await get(path));
    const firstMs = clock.nowMs();
    clock.pass(60 * MINUTE);
    await admin.request('PUT', `${path}/a`, configMap('a', '2'));
    await admin.request('POST', path, configMap('c', '1', { new: 'yes' }));
    const secondMs = clock.nowMs();
    clock.pass(60 * MINUTE);
    await admin.request('DELETE', `${path}/b`);
    clock.pass(MINUTE);
    return { path, at, firstMs, secondMs };
  }

  test('it begins with what was there, tells what followed and goes on with the present', async () => {
    const { path, at } = await collection();
    const watch = admin.watch(`/at/${at}${path}?watch=1`);
    await expect.poll(() => watch.events.length).toBe(5);
    await admin.request('POST', path, configMap('live'));
    await expect
      .poll(() => told(watch))
      .toEqual(['ADDED a 1', 'ADDED b 1', 'MODIFIED a 2', 'ADDED c 1', 'DELETED b 1', 'ADDED live 1']);
    watch.close();
    const after = admin.watch(`/at/${at}${path}?watch=1&resourceVersion=${at}&labelSelector=new`);
    await expect.poll(() => told(after)).toEqual(['ADDED c 1']);
    after.close();
    const one = admin.watch(`/at/${at}${path}?watch=1&fieldSelector=metadata.name%3Db`);
    await expect.poll(() => told(one)).toEqual(['ADDED b 1', 'DELETED b 1']);
    one.close();
  });

  test('until ends it in order, at a revision, at a time, or at the present', async () => {
    const { path, at, secondMs } = await collection();
    const second = admin.watch(`/at/${at}${path}?watch=1&resourceVersion=${at}&until=${iso(secondMs)}`);
    await second.ended;
    expect(told(second)).toEqual(['MODIFIED a 2', 'ADDED c 1']);
    const now = admin.watch(`/at/${at};until=now${path}?watch=1&allowWatchBookmarks=true`);
    await now.ended;
    expect(told(now)).toEqual(['ADDED a 1', 'ADDED b 1', 'MODIFIED a 2', 'ADDED c 1', 'DELETED b 1', 'BOOKMARK']);
    const same = admin.watch(`/at/${at}${path}?watch=1&until=${at}`);
    await same.ended;
    expect(told(same)).toEqual(['ADDED a 1', 'ADDED b 1']);
    for (const [query, message] of [
      ['until=1024', /until lies before/],
      ['until=tomorrow', /until: "tomorrow" is no moment/],
      ['until=2099-01-01T00:00:00Z', /until: .* lies in the future/],
      ['speed=fast', /speed is 0 .* not "fast"/],
      ['speed=-1', /speed is 0/],
    ] as const) {
      const { json } = await get(`/at/${at}${path}?watch=1&${query}`);
      expect(json).toMatchObject({ code: 400, message: expect.stringMatching(message) as string });
    }
  });

  test('speed sets the pace, and at 0 the moment stands still', async () => {
    const { path, at, firstMs } = await collection();
    // An hour of then in a second of now.
    const beganMs = performance.now();
    const paced = admin.watch(`/at/${iso(firstMs)}${path}?watch=1&speed=3600&until=now`);
    await expect.poll(() => told(paced), { timeout: 5_000 }).toHaveLength(4);
    const firstHourMs = performance.now() - beganMs;
    expect(firstHourMs).toBeGreaterThan(900);
    expect(told(paced)).not.toContain('DELETED b 1');
    await paced.ended;
    expect(performance.now() - beganMs).toBeGreaterThan(1_900);
    expect(told(paced).at(-1)).toBe('DELETED b 1');
    const still = admin.watch(`/at/${at};speed=0${path}?watch=1&timeoutSeconds=1`);
    await still.ended;
    expect(told(still)).toEqual(['ADDED a 1', 'ADDED b 1']);
  });

  test('a list of the past is followed by a watch as clients do it, with initial events or a resourceVersion', async () => {
    const { path, at } = await collection();
    const query = 'watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const watch = admin.watch(`/at/${at};speed=0${path}?${query}`);
    await expect.poll(() => told(watch)).toEqual(['ADDED a 1', 'ADDED b 1', 'BOOKMARK']);
    expect(watch.events[2]?.object.metadata).toMatchObject({
      resourceVersion: at,
      annotations: { 'k8s.io/initial-events-end': 'true' },
    });
    watch.close();
    const leases = admin.watch(`/at/${at}/apis/coordination.k8s.io/v1/leases?watch=1&until=now`);
    await leases.ended;
    expect(leases.events).toEqual([]);
  });

  test('ages in a replayed table are those of each change', async () => {
    const { path, at } = await clock.standing(collection);
    const answer = await get(`/at/${at}${path}?watch=1&until=now`, table);
    const ages = answer.text
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { object: { rows: readonly { cells: readonly unknown[] }[] } }).object)
      .map(({ rows }) => rows[0]?.cells[2]);
    expect(ages).toEqual(['0s', '0s', '60m', '0s', '120m']);
  });
});
