import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { kubeClient, type KubeClient } from './testing/kube-client.ts';
import { memoryServer, type MemoryServer } from './testing/memory-server.ts';

let server: MemoryServer;
let admin: KubeClient;
let scheduler: KubeClient;
let nobody: KubeClient;

beforeAll(async () => {
  server = await memoryServer();
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
/** A namespace of one test's own. */
async function namespace(): Promise<string> {
  const name = `test-${++namespaces}`;
  const answer = await admin.request('POST', '/api/v1/namespaces', { metadata: { name } });
  expect(answer.status).toBe(201);
  return `/api/v1/namespaces/${name}`;
}

const configMap = (name: string, data: Readonly<Record<string, string>> = {}): unknown => ({
  metadata: { name },
  data,
});

describe('who may ask', () => {
  test('without a certificate only health and version answer', async () => {
    for (const path of ['/healthz', '/livez', '/readyz', '/version']) {
      expect((await nobody.request('GET', path)).status).toBe(200);
    }
    for (const path of ['/api', '/api/v1/pods', '/metrics', '/openapi/v3', '/nothing']) {
      const answer = await nobody.request('GET', path);
      expect([path, answer.status, answer.json.reason]).toEqual([path, 401, 'Unauthorized']);
    }
  });

  test('a user is refused what its rules do not allow, in words that say what', async () => {
    const answer = await scheduler.request('DELETE', '/api/v1/namespaces/default');
    expect(answer.json).toMatchObject({
      code: 403,
      reason: 'Forbidden',
      message:
        'namespaces "default" is forbidden: User "system:kube-scheduler" cannot delete resource "namespaces" in API group "" in the namespace "default"',
    });
  });

  test('readyz lists its checks when asked', async () => {
    expect((await nobody.request('GET', '/readyz?verbose')).text).toBe('[+]shutdown ok\nreadyz check passed\n');
    expect((await nobody.request('GET', '/livez/ping')).text).toBe('ok');
  });
});

test('PUT creates what is not there of the kinds Kubernetes creates so, and says 404 of others', async () => {
  const path = await namespace();
  const object = { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'e' } };
  const created = await admin.request('PUT', `${path}/endpoints/e`, object);
  expect([created.status, created.json.kind]).toEqual([201, 'Endpoints']);
  expect((await admin.request('PUT', `${path}/endpoints/e`, object)).status).toBe(200);
  expect((await admin.request('PUT', `${path}/configmaps/c`, configMap('c'))).status).toBe(404);
  const dry = await admin.request('PUT', `${path}/services/s?dryRun=All`, {
    metadata: { name: 's' },
    spec: { ports: [{ port: 1 }] },
  });
  expect(dry.status).toBe(201);
  expect((await admin.request('GET', `${path}/services/s`)).status).toBe(404);
});

describe('lists', () => {
  test('a paged list shows one state, whatever is written between its pages', async () => {
    const path = `${await namespace()}/configmaps`;
    for (const name of ['a', 'b', 'c', 'd', 'e']) await admin.request('POST', path, configMap(name));
    const first = await admin.request('GET', `${path}?limit=2`);
    expect(first.json.metadata).toMatchObject({ remainingItemCount: 3 });
    await admin.request('DELETE', `${path}/c`);
    await admin.request('POST', path, configMap('cc'));
    const second = await admin.request('GET', `${path}?limit=2&continue=${first.json.metadata['continue']}`);
    const third = await admin.request('GET', `${path}?limit=2&continue=${second.json.metadata['continue']}`);
    const names = [first, second, third].flatMap(({ json }) => json.items.map((item) => item.metadata['name']));
    expect(names).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(second.json.metadata['resourceVersion']).toBe(first.json.metadata['resourceVersion']);
    expect(third.json.metadata['continue']).toBeUndefined();
  });

  test('items carry neither kind nor apiVersion, objects both', async () => {
    const path = `${await namespace()}/configmaps`;
    await admin.request('POST', path, configMap('a', { k: 'v' }));
    const { json } = await admin.request('GET', path);
    expect(json).toMatchObject({ kind: 'ConfigMapList', apiVersion: 'v1' });
    expect(json.items[0]).not.toHaveProperty('kind');
    expect((await admin.request('GET', `${path}/a`)).json).toMatchObject({ kind: 'ConfigMap', data: { k: 'v' } });
  });

  test('a revision that has not come is a timeout with its cause', async () => {
    const { json, headers } = await admin.request('GET', '/api/v1/namespaces?resourceVersion=999999999999');
    expect(json).toMatchObject({
      code: 504,
      reason: 'Timeout',
      details: { causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }] },
    });
    expect(headers['retry-after']).toBe('1');
  });

  test('YAML and Tables are given to whom asks for them', async () => {
    const path = `${await namespace()}/configmaps`;
    await admin.request('POST', path, configMap('a', { k: 'v' }));
    const yaml = await admin.request('GET', `${path}/a`, undefined, { accept: 'application/yaml' });
    expect(yaml.headers['content-type']).toBe('application/yaml');
    expect(yaml.text).toContain('kind: ConfigMap\n');
    const accept = 'application/json;as=Table;g=meta.k8s.io;v=v1';
    const table = await admin.request('GET', path, undefined, { accept });
    expect(table.json).toMatchObject({ kind: 'Table', rows: [{ cells: ['a', 1, expect.any(String)] }] });
  });
});

describe('watches', () => {
  test('a list and a watch from its revision miss nothing and repeat nothing', async () => {
    const path = `${await namespace()}/configmaps`;
    await admin.request('POST', path, configMap('before'));
    const list = await admin.request('GET', path);
    await admin.request('POST', path, configMap('a'));
    const watch = admin.watch(`${path}?watch=1&resourceVersion=${list.json.metadata['resourceVersion']}`);
    expect(await watch.status).toBe(200);
    await admin.request('PUT', `${path}/a`, configMap('a', { k: '2' }));
    await admin.request('DELETE', `${path}/a`);
    await expect.poll(() => watch.events.length).toBe(3);
    expect(watch.events.map(({ type, object }) => [type, object.metadata['name']])).toEqual([
      ['ADDED', 'a'],
      ['MODIFIED', 'a'],
      ['DELETED', 'a'],
    ]);
    watch.close();
  });

  test('initial events end with a marked bookmark', async () => {
    const path = `${await namespace()}/configmaps`;
    await admin.request('POST', path, configMap('a'));
    const query = 'watch=1&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan';
    const watch = admin.watch(`${path}?${query}`);
    await expect.poll(() => watch.events.length).toBe(2);
    expect(watch.events[0]).toMatchObject({ type: 'ADDED', object: { kind: 'ConfigMap' } });
    expect(watch.events[1]).toMatchObject({
      type: 'BOOKMARK',
      object: { metadata: { annotations: { 'k8s.io/initial-events-end': 'true' } } },
    });
    watch.close();
  });

  test('a watcher that does not read is cut off alone, and resumes without a gap or a repeat', async () => {
    const path = `${await namespace()}/configmaps`;
    await admin.request('POST', path, configMap('a'));
    const list = await admin.request('GET', path);
    const from = (revision: string | undefined): string => `${path}?watch=1&resourceVersion=${revision}`;
    const ca = server.pki.tls.clientAuthority;
    const stuck = kubeClient(server.url, { ca, ...(await server.pki.client('admin')) });
    const paused = stuck.watch(from(list.json.metadata['resourceVersion']));
    const reading = admin.watch(from(list.json.metadata['resourceVersion']));
    expect([await paused.status, await reading.status]).toEqual([200, 200]);
    paused.pause();
    const rounds = 16;
    const filler = 'x'.repeat(900_000);
    for (let round = 1; round <= rounds; round++) {
      await admin.request('PUT', `${path}/a`, configMap('a', { round: String(round), filler }));
    }
    await expect.poll(() => reading.events.length, { timeout: 5000 }).toBe(rounds);
    paused.resume();
    await paused.ended;
    expect(paused.events.length).toBeLessThan(rounds);
    const last = paused.events.at(-1)?.object.metadata['resourceVersion'] ?? list.json.metadata['resourceVersion'];
    const resumed = stuck.watch(from(last));
    await expect.poll(() => paused.events.length + resumed.events.length, { timeout: 5000 }).toBe(rounds);
    const seen = [...paused.events, ...resumed.events].map(({ object }) => object.data?.['round']);
    expect(seen).toEqual(Array.from({ length: rounds }, (_, index) => String(index + 1)));
    for (const watch of [reading, resumed]) watch.close();
    stuck.close();
  }, 30_000);

  test('timeoutSeconds ends it, in order', async () => {
    const watch = admin.watch('/api/v1/namespaces?watch=1&timeoutSeconds=1&allowWatchBookmarks=true');
    await watch.ended;
    expect(watch.events.filter(({ type }) => type === 'ADDED').length).toBeGreaterThan(3);
  });
});

describe('writes', () => {
  test('what a component says of its cause goes into the log, what a user says does not', async () => {
    const path = await namespace();
    const headers = {
      'taffrail-cause': '2048',
      'taffrail-correlation': 'c-1',
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    };
    const event = (name: string): unknown => ({
      metadata: { name },
      involvedObject: { kind: 'Pod', name: 'p', namespace: path.split('/').at(-1) },
    });
    expect((await scheduler.request('POST', `${path}/events`, event('by-scheduler'), headers)).status).toBe(201);
    expect((await admin.request('POST', `${path}/configmaps`, configMap('by-admin'), headers)).status).toBe(201);
    const history = async (resource: string, name: string): Promise<unknown> => {
      const place = path.replace('/api/v1/', '');
      const answer = await admin.request('GET', `/apis/taffrail.dev/v1/history/core/${resource}/${place}/${name}`);
      return answer.json.items[0];
    };
    expect(await history('events', 'by-scheduler')).toMatchObject({
      cause: { revision: '2048', correlation: 'c-1', traceparent: headers.traceparent },
    });
    const own = (await history('configmaps', 'by-admin')) as { cause: Record<string, string> };
    expect(own.cause['correlation']).not.toBe('c-1');
    expect(own.cause).not.toHaveProperty('revision');
  });

  test('warnings come as headers', async () => {
    const path = `${await namespace()}/configmaps`;
    const answer = await admin.request('POST', path, { metadata: { name: 'a' }, spec: {} });
    expect(answer.headers['warning']).toBe('299 - "unknown field \\"spec\\""');
  });

  test('two hundred clients patching one object never conflict', async () => {
    const path = `${await namespace()}/configmaps`;
    await admin.request('POST', path, configMap('a'));
    const type = { 'content-type': 'application/merge-patch+json' };
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, index) =>
        admin.request('PATCH', `${path}/a`, { data: { [`k${index}`]: 'v' } }, type),
      ),
    );
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    const { json } = await admin.request('GET', `${path}/a`);
    expect(Object.keys(json.data ?? {})).toHaveLength(200);
  });

  test('a body above 3 MiB is refused', async () => {
    const path = `${await namespace()}/configmaps`;
    const answer = await admin.request('POST', path, configMap('a', { k: 'x'.repeat(3 * 1024 * 1024) }));
    expect(answer.json).toMatchObject({
      code: 413,
      reason: 'RequestEntityTooLarge',
      message: 'Request entity too large: limit is 3145728',
    });
  });
});

test('the log of a container that has not begun is refused in the words of the kubelet', async () => {
  const path = await namespace();
  const containers = ['a', 'b'].map((name) => ({ name, image: 'registry.example/x:1' }));
  await admin.request('POST', `${path}/pods`, { metadata: { name: 'p' }, spec: { containers } });
  const unnamed = await admin.request('GET', `${path}/pods/p/log`);
  expect(unnamed.json).toMatchObject({
    code: 400,
    message: 'a container name must be specified for pod p, choose one of: [a b]',
  });
  const unknown = await admin.request('GET', `${path}/pods/p/log?container=c`);
  expect(unknown.json.message).toBe('container c is not valid for pod p');
  expect((await admin.request('GET', `${path}/pods/p/log?container=a`)).status).toBe(204);
});

test('metrics count requests by verb, resource and status, and only resources we know', async () => {
  await admin.request('GET', '/api/v1/made-up-resource');
  const { text } = await admin.request('GET', '/metrics');
  expect(text).toMatch(
    /apiserver_request_total\{verb="POST",group="",version="v1",resource="namespaces",.*,code="201"\} \d+/,
  );
  expect(text).not.toContain('made-up-resource');
});

describe('resources that are kept nowhere', () => {
  test('reviews come back answered, and are not stored', async () => {
    const spec = { resourceAttributes: { verb: 'list', resource: 'pods' } };
    const before = await admin.request('GET', '/api/v1/configmaps?limit=1');
    const own = await scheduler.request('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { spec });
    expect([own.status, own.json['status']]).toEqual([201, { allowed: true }]);
    const who = await scheduler.request('POST', '/apis/authentication.k8s.io/v1/selfsubjectreviews', {});
    expect(who.json['status']).toMatchObject({ userInfo: { username: 'system:kube-scheduler' } });
    const others = await scheduler.request('POST', '/apis/authorization.k8s.io/v1/subjectaccessreviews', { spec });
    expect(others.status).toBe(403);
    const after = await admin.request('GET', '/api/v1/configmaps?limit=1');
    expect(after.json.metadata['resourceVersion']).toBe(before.json.metadata['resourceVersion']);
  });

  test('a review can only be created, and only where it belongs', async () => {
    const reviews = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
    expect((await admin.request('GET', reviews)).status).toBe(405);
    expect((await admin.request('GET', `${reviews}/x`)).status).toBe(404);
    const inside = '/apis/authorization.k8s.io/v1/namespaces/default/subjectaccessreviews';
    expect((await admin.request('POST', inside, {})).status).toBe(404);
  });

  test('a Binding binds the pod it names', async () => {
    const here = await namespace();
    const pod = { metadata: { name: 'p' }, spec: { containers: [{ name: 'c', image: 'i' }] } };
    await admin.request('POST', `${here}/serviceaccounts`, { metadata: { name: 'default' } });
    expect((await admin.request('POST', `${here}/pods`, pod)).status).toBe(201);
    const binding = { metadata: { name: 'p' }, target: { kind: 'Node', name: 'n' } };
    const bound = await admin.request('POST', `${here}/bindings`, binding);
    expect([bound.status, bound.json['status']]).toEqual([201, 'Success']);
    expect((await admin.request('GET', `${here}/pods/p`)).json['spec']).toMatchObject({ nodeName: 'n' });
    expect((await admin.request('POST', `${here}/bindings`, { ...binding, metadata: { name: 'q' } })).status).toBe(404);
  });

  test('what is not served yet says so after its own checks', async () => {
    const here = await namespace();
    await admin.request('POST', `${here}/serviceaccounts`, { metadata: { name: 'bot' } });
    const token = (spec: unknown, account = 'bot') =>
      admin.request('POST', `${here}/serviceaccounts/${account}/token`, { spec });
    expect((await token({ expirationSeconds: 5 })).json).toMatchObject({
      code: 422,
      details: { kind: 'TokenRequest' },
    });
    expect((await token({}, 'zz')).status).toBe(404);
    expect((await token({})).json).toMatchObject({ code: 501, status: 'Failure' });
    expect((await admin.request('POST', `${here}/pods/none/exec?command=ls`)).status).toBe(404);
  });

  test('proxies refuse what they cannot reach in the words of Kubernetes', async () => {
    const here = await namespace();
    const asked = async (path: string) => {
      const { status, json } = await admin.request('GET', path);
      return [status, json.message];
    };
    expect(await asked('/api/v1/nodes/none/proxy/healthz')).toEqual([404, 'nodes "none" not found']);
    expect(await asked(`${here}/services/web/proxy/`)).toEqual([404, 'endpoints "web" not found']);
    await admin.request('POST', `${here}/endpoints`, { metadata: { name: 'web' } });
    expect(await asked(`${here}/services/web/proxy/`)).toEqual([503, 'no endpoints available for service "web"']);
    const subsets = [{ addresses: [{ ip: '127.0.0.1' }], ports: [{ port: 80 }] }];
    await admin.request('POST', `${here}/endpoints`, { metadata: { name: 'own' }, subsets });
    expect((await asked(`${here}/services/own/proxy/`))[0]).not.toBe(200);
  });
});

describe('what an answer looks like', () => {
  const accept = (type: string) => ({ accept: type });
  const meta = (as: string, version = 'v1') => `application/json;as=${as};g=meta.k8s.io;v=${version}`;

  test('an error is written in the format and indentation that was asked for', async () => {
    const path = '/api/v1/namespaces/none';
    const yaml = await admin.request('GET', path, undefined, accept('application/yaml'));
    expect([yaml.status, yaml.headers['content-type']]).toEqual([404, 'application/yaml']);
    expect(yaml.text).toContain('reason: NotFound\n');
    const table = await admin.request('GET', path, undefined, accept(`${meta('Table')}, application/json`));
    expect(table.json).toMatchObject({ kind: 'Status', code: 404 });
    expect((await admin.request('GET', `${path}?pretty=true`)).text).toContain('\n  "reason": "NotFound"');
    const unwritable = await admin.request('GET', path, undefined, accept('text/html'));
    expect([unwritable.status, unwritable.json.kind]).toEqual([406, 'Status']);
  });

  test('tables and partial objects come in the version that was asked for', async () => {
    const table = await admin.request('GET', '/api/v1/namespaces', undefined, accept(meta('Table', 'v1beta1')));
    expect(table.json).toMatchObject({ kind: 'Table', apiVersion: 'meta.k8s.io/v1beta1' });
    expect(table.json['rows']).toContainEqual(
      expect.objectContaining({ object: expect.objectContaining({ apiVersion: 'meta.k8s.io/v1beta1' }) }),
    );
    const partial = await admin.request(
      'GET',
      '/api/v1/namespaces/default',
      undefined,
      accept(meta('PartialObjectMetadata', 'v1beta1')),
    );
    expect(partial.json).toMatchObject({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1beta1' });
  });

  test('the shape of a list is refused for one object, and the other way round', async () => {
    const list = await admin.request('GET', '/api/v1/pods', undefined, accept(meta('PartialObjectMetadata')));
    expect(list.json).toMatchObject({
      code: 406,
      message: 'you requested PartialObjectMetadata, but the requested object is a list (*core.PodList)',
    });
    const one = await admin.request(
      'GET',
      '/api/v1/namespaces/default',
      undefined,
      accept(meta('PartialObjectMetadataList')),
    );
    expect(one.json).toMatchObject({
      code: 406,
      message: 'you requested PartialObjectMetadataList, but the requested object is not a list (*core.Namespace)',
    });
  });

  test('resources are read with GET alone', async () => {
    expect((await admin.request('HEAD', '/api/v1/namespaces/default')).status).toBe(405);
    expect((await admin.request('OPTIONS', '/api/v1/namespaces/default')).status).toBe(405);
    expect((await admin.request('HEAD', '/healthz')).status).toBe(200);
  });
});
