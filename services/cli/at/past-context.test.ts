import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { alone, presentServer, withPastContext } from './past-context.ts';

const source = `# mine
apiVersion: v1
kind: Config
current-context: work
clusters:
- name: work
  cluster:
    server: https://127.0.0.1:6443/
    certificate-authority: ca.crt   # beside this file
    tls-server-name: api.example
- name: other
  cluster: {server: "https://other.example", insecure-skip-tls-verify: true}
contexts:
- name: work
  context: {cluster: work, user: me, namespace: team}
- name: elsewhere
  context: {cluster: other, user: me}
users:
- name: me
  user: {token: "0123"}
- name: stranger
  user: {}
`;
const moment = { name: 'then', path: '/at/2026-11-21T09:00:00Z', use: false };

test('a context of the past is the current one with another address, and the rest of the file stays as it is', () => {
  const { text, server } = withPastContext(source, moment);
  expect(server).toBe('https://127.0.0.1:6443/at/2026-11-21T09:00:00Z');
  expect(text.startsWith('# mine\n')).toBe(true);
  expect(text).toContain('# beside this file');
  const before = parse(source) as Record<string, unknown[]>;
  const after = parse(text) as Record<string, unknown[]>;
  expect(after['clusters']?.slice(0, 2)).toEqual(before['clusters']);
  expect(after['contexts']?.slice(0, 2)).toEqual(before['contexts']);
  expect(after['users']).toEqual(before['users']);
  expect(after['current-context']).toBe('work');
  expect(after['clusters']?.[2]).toEqual({
    name: 'then',
    cluster: { server, 'certificate-authority': 'ca.crt', 'tls-server-name': 'api.example' },
  });
  expect(after['contexts']?.[2]).toEqual({ name: 'then', context: { cluster: 'then', user: 'me', namespace: 'team' } });
});

test('written again it takes the place of the one before, also when that is the current context', () => {
  const first = withPastContext(source, { ...moment, use: true }).text;
  const second = withPastContext(first, { ...moment, path: '/at/4096;speed=0', use: true });
  expect(second.server).toBe('https://127.0.0.1:6443/at/4096;speed=0');
  const after = parse(second.text) as { contexts: { name: string }[]; clusters: unknown[]; 'current-context': string };
  expect(after.contexts.map(({ name }) => name)).toEqual(['work', 'elsewhere', 'then']);
  expect(after.clusters).toHaveLength(3);
  expect(after['current-context']).toBe('then');
});

test("a name that is the user's own is not taken, and a file without a current context is refused", () => {
  expect(() => withPastContext(source, { ...moment, name: 'elsewhere' })).toThrow(/none of a past moment/);
  for (const broken of [
    'a: [',
    'kind: Config\n',
    source.replace('current-context: work', 'current-context: none'),
    '- x',
  ])
    expect(() => withPastContext(broken, moment)).toThrow(/^the kubeconfig cannot be used: /);
});

test('alone it is a kubeconfig of its own, without what else the file holds', () => {
  const text = alone(withPastContext(source, moment).text, 'then');
  const config = parse(text) as Record<string, readonly { readonly name: string }[]>;
  const names = (list: string): readonly string[] => (config[list] ?? []).map(({ name }) => name);
  expect([names('clusters'), names('contexts'), names('users')]).toEqual([['then'], ['then'], ['me']]);
  expect(config['current-context']).toBe('then');
});

test('an address of the past leads back to that of the present', () => {
  expect(presentServer('https://h:1/at/2026-11-21T09:00:00Z')).toBe('https://h:1');
  expect(presentServer('https://h:1/at/77;speed=1/')).toBe('https://h:1');
  expect(presentServer('https://h:1/prefix/')).toBe('https://h:1/prefix');
});
