import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { nodePkiFiles } from '@taffrail/pki/cluster-pki';
import { kubeClient, type KubeClient } from './testing/kube-client.ts';
import { memoryServer, type MemoryServer } from './testing/memory-server.ts';

let server: MemoryServer;
let client: KubeClient;
let agent: Server;
/** What the agent was asked, and by whom. */
const asked: { readonly url: string; readonly client: string }[] = [];
let release: () => void = () => undefined;

const POD = '/api/v1/namespaces/default/pods/p';

beforeAll(async () => {
  server = await memoryServer({ nodes: ['n1'] });
  client = kubeClient(server.url, { ca: server.pki.tls.clientAuthority, ...(await server.pki.client('admin')) });
  const { servingCertificateFile, servingKeyFile } = nodePkiFiles(server.pki.directory, 'n1');
  agent = createServer(
    {
      cert: await readFile(servingCertificateFile),
      key: await readFile(servingKeyFile),
      ca: server.pki.tls.clientAuthority,
      requestCert: true,
      rejectUnauthorized: true,
    },
    (request, response) => {
      const subject = (request.socket as TLSSocket).getPeerCertificate().subject;
      asked.push({ url: request.url ?? '', client: String(subject.CN) });
      if (request.url?.includes('previous=true') === true) {
        response.writeHead(400, { 'content-type': 'text/plain' }).end('nothing ran before');
        return;
      }
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.write('first\n');
      release = () => response.end('second\n');
      if (request.url?.includes('follow=true') !== true) release();
    },
  );
  await new Promise<void>((resolve) => agent.listen(0, '127.0.0.1', resolve));
  await prepare((agent.address() as AddressInfo).port);
});
afterAll(async () => {
  client.close();
  agent.closeAllConnections();
  agent.close();
  await server[Symbol.asyncDispose]();
});

/** A node whose agent listens at a port, and a pod that runs on it. */
async function prepare(port: number): Promise<void> {
  const status = {
    addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
    daemonEndpoints: { kubeletEndpoint: { Port: port } },
  };
  const merge = { 'content-type': 'application/merge-patch+json' };
  await client.request('POST', '/api/v1/nodes', { metadata: { name: 'n1' } });
  expect((await client.request('PATCH', '/api/v1/nodes/n1/status', { status }, merge)).status).toBe(200);
  const spec = { containers: [{ name: 'c', image: 'registry.example/x:1' }], nodeName: 'n1' };
  const created = await client.request('POST', '/api/v1/namespaces/default/pods', { metadata: { name: 'p' }, spec });
  expect(created.status).toBe(201);
}

test('what is asked of a node goes to its agent with our client certificate, path and query as they were', async () => {
  const answer = await client.request('GET', '/api/v1/nodes/n1/proxy/stats/a%2Fb?x=1&y=%20');
  expect([answer.status, answer.text]).toEqual([200, 'first\nsecond\n']);
  expect(asked.at(-1)).toEqual({ url: '/stats/a%2Fb?x=1&y=%20', client: 'kube-apiserver-kubelet-client' });
  const { port } = agent.address() as AddressInfo;
  expect((await client.request('GET', `/api/v1/nodes/https:n1:${port}/proxy/healthz`)).status).toBe(200);
});

test('a proxy without a path leads to the one with a slash', async () => {
  const answer = await client.request('GET', '/api/v1/nodes/n1/proxy?x=1');
  expect([answer.status, answer.headers['location']]).toEqual([301, '/api/v1/nodes/n1/proxy/?x=1']);
});

test('addresses of this machine are reached through no proxy', async () => {
  const before = asked.length;
  const { port } = agent.address() as AddressInfo;
  const other = await client.request('GET', `/api/v1/nodes/https:n1:${port === 1 ? 2 : 1}/proxy/`);
  expect(other.json).toMatchObject({ code: 400, message: 'address not allowed' });
  const status = { podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }] };
  const merge = { 'content-type': 'application/merge-patch+json' };
  expect((await client.request('PATCH', `${POD}/status`, { status }, merge)).status).toBe(200);
  const pod = await client.request('GET', `/api/v1/namespaces/default/pods/https:p:${port}/proxy/`);
  expect(pod.json).toMatchObject({ code: 400, message: 'address not allowed' });
  expect(asked.length).toBe(before);
});

test('a log comes from the agent of the pod, asked with our client certificate and the options it knows', async () => {
  const answer = await client.request('GET', `${POD}/log?tailLines=5&timestamps=true&nonsense=1`);
  expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([200, 'text/plain', 'first\nsecond\n']);
  expect(asked.at(-1)).toEqual({
    url: '/containerLogs/default/p/c?timestamps=true&tailLines=5',
    client: 'kube-apiserver-kubelet-client',
  });
});

test('a followed log is passed on as it comes', async () => {
  const stream = client.stream(`${POD}/log?follow=true`);
  await expect.poll(() => stream.text()).toBe('first\n');
  release();
  await stream.ended;
  expect(stream.text()).toBe('first\nsecond\n');
});

test("the agent's own refusal is passed on, and a bad option is refused before it is asked", async () => {
  const before = asked.length;
  expect((await client.request('GET', `${POD}/log?tailLines=many`)).json).toMatchObject({ code: 400 });
  expect((await client.request('GET', `${POD}/log?previous=true`)).json).toMatchObject({
    code: 400,
    message: 'previous terminated container "c" in pod "p" not found',
  });
  expect(asked.length).toBe(before);
});

test('a container that waits is said to wait, in the words of the kubelet', async () => {
  const waiting = {
    name: 'c',
    ready: false,
    restartCount: 0,
    image: '',
    imageID: '',
    state: { waiting: { reason: 'ContainerCreating' } },
  };
  const merge = { 'content-type': 'application/merge-patch+json' };
  await client.request('PATCH', `${POD}/status`, { status: { containerStatuses: [waiting] } }, merge);
  expect((await client.request('GET', `${POD}/log`)).json.message).toBe(
    'container "c" in pod "p" is waiting to start: ContainerCreating',
  );
  await client.request('PATCH', `${POD}/status`, { status: { containerStatuses: null } }, merge);
});

test('an agent that is away is an error that says so', async () => {
  agent.closeAllConnections();
  await new Promise((resolve) => agent.close(resolve));
  const answer = await client.request('GET', `${POD}/log`);
  expect(answer.status).toBe(500);
  expect(answer.json.message).toContain('ECONNREFUSED');
});
