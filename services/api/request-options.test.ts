import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { kubeClient, type KubeClient } from './testing/kube-client.ts';
import { memoryServer, type MemoryServer } from './testing/memory-server.ts';

interface Case {
  readonly request: string;
  readonly method: string;
  readonly path: string;
  readonly body: string | undefined;
  readonly answer: string;
}

function caseOf(line: string): Case {
  const match = /^(?<method>[A-Z]+) (?<path>\S+)(?: (?<body>\{.*\}))? ->(?<answer> .*|)$/.exec(line)?.groups;
  if (match?.['method'] === undefined || match['path'] === undefined) throw new Error(`this line is no case: ${line}`);
  const { method, path: asked, body, answer = '' } = match;
  return { request: `${method} ${asked} ${body ?? ''}`, method, path: asked, body, answer: answer.trim() };
}

const cases = readFileSync(path.join(import.meta.dirname, 'testing/request-options.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map(caseOf);

const NAMESPACE = '/api/v1/namespaces/options';
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  PATCH: 'application/merge-patch+json',
  APPLY: 'application/apply-patch+yaml',
};
let server: MemoryServer;
let admin: KubeClient;
let values: Readonly<Record<string, string>>;

beforeAll(async () => {
  server = await memoryServer();
  admin = kubeClient(server.url, { ca: server.pki.tls.clientAuthority, ...(await server.pki.client('admin')) });
  await admin.request('POST', '/api/v1/namespaces', { metadata: { name: 'options' } });
  await admin.request('POST', `${NAMESPACE}/configmaps`, { metadata: { name: 'after' } });
  const { json } = await admin.request('POST', `${NAMESPACE}/configmaps`, {
    metadata: { name: 'here' },
    data: { k: 'v' },
  });
  const page = await admin.request('GET', `${NAMESPACE}/configmaps?limit=1`);
  values = {
    UID: String(json.metadata['uid']),
    RV: String(json.metadata['resourceVersion']),
    TOKEN: String(page.json.metadata['continue']),
    LONG: 'm'.repeat(129),
  };
});
afterAll(async () => {
  admin.close();
  await server[Symbol.asyncDispose]();
});

/** A line's text with what this run calls things. */
function filled(text: string): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (_whole, name: string) => values[name] ?? '');
}

test.each(cases)('$request', async ({ method, path: asked, body, answer }) => {
  const mediaType = MEDIA_TYPES[method];
  const { status, json } = await admin.request(
    method === 'APPLY' ? 'PATCH' : method,
    filled(`${NAMESPACE}/${asked}`),
    body === undefined ? undefined : JSON.parse(filled(body)),
    mediaType === undefined ? {} : { 'content-type': mediaType },
  );
  expect(`${status} ${status < 400 ? '' : json.message}`.trim()).toBe(filled(answer));
});
