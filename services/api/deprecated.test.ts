import { afterAll, beforeAll, expect, test } from 'vitest';
import { kubeClient, type KubeClient } from './testing/kube-client.ts';
import { memoryServer, type MemoryServer } from './testing/memory-server.ts';

const DEPRECATED = '299 - "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice"';
const ENDPOINTS = '/api/v1/namespaces/default/endpoints';
let server: MemoryServer;
let admin: KubeClient;

beforeAll(async () => {
  server = await memoryServer();
  admin = kubeClient(server.url, { ca: server.pki.tls.clientAuthority, ...(await server.pki.client('admin')) });
});
afterAll(async () => {
  admin.close();
  await server[Symbol.asyncDispose]();
});

async function warningOf(method: string, path: string, body?: unknown): Promise<readonly unknown[]> {
  const type = method === 'PATCH' ? { 'content-type': 'application/merge-patch+json' } : {};
  const { status, headers } = await admin.request(method, path, body, type);
  return [status, headers['warning']];
}

test('whoever uses Endpoints is warned with every verb, and when refused', async () => {
  expect(await warningOf('POST', ENDPOINTS, { metadata: { name: 'e' } })).toEqual([201, DEPRECATED]);
  expect(await warningOf('GET', `${ENDPOINTS}/e`)).toEqual([200, DEPRECATED]);
  expect(await warningOf('GET', ENDPOINTS)).toEqual([200, DEPRECATED]);
  expect(await warningOf('GET', `${ENDPOINTS}?watch=1&timeoutSeconds=1`)).toEqual([200, DEPRECATED]);
  expect(await warningOf('PATCH', `${ENDPOINTS}/e`, { metadata: { labels: { a: 'b' } } })).toEqual([200, DEPRECATED]);
  expect(await warningOf('POST', ENDPOINTS, { metadata: { name: 'e' } })).toEqual([409, DEPRECATED]);
  expect(await warningOf('DELETE', `${ENDPOINTS}/e`)).toEqual([200, DEPRECATED]);
  expect(await warningOf('DELETE', ENDPOINTS)).toEqual([200, DEPRECATED]);
  expect(await warningOf('GET', `${ENDPOINTS}/e`)).toEqual([404, DEPRECATED]);
});

test("a write's own warnings stand behind the deprecation", async () => {
  const [, warning] = await warningOf('POST', ENDPOINTS, { metadata: { name: 'more' }, more: true });
  expect(warning).toBe(`${DEPRECATED}, 299 - "unknown field \\"more\\""`);
});

test('what is not deprecated is answered without a warning', async () => {
  expect(await warningOf('GET', '/apis/discovery.k8s.io/v1/endpointslices')).toEqual([200, undefined]);
  expect(await warningOf('GET', '/apis/networking.k8s.io/v1/ipaddresses')).toEqual([200, undefined]);
  expect(await warningOf('GET', '/api/v1/componentstatuses')).toEqual([
    200,
    '299 - "v1 ComponentStatus is deprecated in v1.19+"',
  ]);
  expect(await warningOf('GET', '/apis/networking.k8s.io/v1beta1/ipaddresses')).toEqual([
    200,
    '299 - "networking.k8s.io/v1beta1 IPAddress is deprecated in v1.34+, unavailable in v1.37+"',
  ]);
});
