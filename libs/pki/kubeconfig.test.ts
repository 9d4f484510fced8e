import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type KubeconfigEntry, writeKubeconfig } from './kubeconfig-file.ts';
import { readKubeconfig } from './kubeconfig.ts';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'kubeconfig-'));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const ours: KubeconfigEntry = {
  name: 'taffrail',
  user: 'admin',
  server: 'https://127.0.0.1:6443',
  certificateAuthority: 'CA',
  clientCertificate: 'CERT',
  clientKey: 'KEY',
};

async function fileOf(text: string): Promise<string> {
  const file = path.join(directory, 'config');
  await writeFile(file, text);
  return file;
}

describe('reading', () => {
  test('what was written comes back', async () => {
    const file = path.join(directory, 'config');
    await writeKubeconfig(file, 'yaml', ours);
    expect(await readKubeconfig(file)).toEqual({
      context: 'taffrail',
      user: 'admin',
      namespace: '',
      server: 'https://127.0.0.1:6443',
      certificateAuthority: 'CA',
      skipsTlsVerification: false,
      clientCertificate: 'CERT',
      clientKey: 'KEY',
    });
  });

  test('a named context, files beside the kubeconfig, tokens and other settings', async () => {
    await writeFile(path.join(directory, 'ca.pem'), 'CA from a file');
    const file = await fileOf(`
apiVersion: v1
clusters:
  - name: one # comment
    cluster: {server: "https://one:1"}
  - name: two
    cluster:
      certificate-authority: ca.pem
      tls-server-name: two.example
      insecure-skip-tls-verify: true
      server: 'https://two:2'
contexts:
  - context: {cluster: two, user: u, namespace: n}
    name: second
users:
  - name: u
    user:
      token: 12345
`);
    expect(await readKubeconfig(file, 'second')).toEqual({
      context: 'second',
      user: 'u',
      namespace: 'n',
      server: 'https://two:2',
      certificateAuthority: 'CA from a file',
      tlsServerName: 'two.example',
      skipsTlsVerification: true,
      token: '12345',
    });
  });

  test.each([
    ['clusters: []\n', 'no current-context'],
    ['current-context: x\n', 'no context "x"'],
    ['current-context: x\ncontexts:\n- name: x\n  context:\n    cluster: y\n    user: z\n', 'no cluster "y"'],
    ['- a\n', 'not a kubeconfig'],
    ['a: "b\n', 'kubeconfig'],
    [
      'current-context: x\ncontexts:\n- name: x\n  context:\n    cluster: y\n    user: z\nclusters:\n- name: y\n  cluster:\n    server: https://y\nusers:\n- name: z\n  user:\n    exec:\n      command: aws\n',
      'logs in by exec',
    ],
  ])('%j is refused', async (text, why) => {
    const file = await fileOf(text);
    await expect(readKubeconfig(file)).rejects.toMatchObject({
      code: 'protocol',
      message: expect.stringContaining(why),
    });
  });

  test('a missing file is said so', async () => {
    await expect(readKubeconfig(path.join(directory, 'none'))).rejects.toMatchObject({
      message: expect.stringContaining('ENOENT'),
    });
  });
});

describe('writing', () => {
  test('the file is block YAML that a regular expression can read', async () => {
    const file = path.join(directory, 'config');
    await writeKubeconfig(file, 'yaml', ours);
    const text = await readFile(file, 'utf8');
    expect(/^\s+server: (\S+)$/m.exec(text)?.[1]).toBe('https://127.0.0.1:6443');
    expect(/^\s+client-key-data: (\S+)$/m.exec(text)?.[1]).toBe(Buffer.from('KEY').toString('base64'));
  });

  test('entries of others stay, ours comes first and the current context is theirs', async () => {
    const file = await fileOf(
      'apiVersion: v1\nkind: Config\n# mine\nclusters:\n- name: other\n  cluster:\n    server: https://other\ncontexts:\n- name: other\n  context:\n    cluster: other\n    user: other\ncurrent-context: other\nusers:\n- name: other\n  user:\n    exec:\n      args: [a, b]\n',
    );
    await writeKubeconfig(file, 'yaml', ours);
    await writeKubeconfig(file, 'yaml', { ...ours, server: 'https://127.0.0.1:7443' });
    const text = await readFile(file, 'utf8');
    const config = parse(text) as { clusters: { name: string }[]; users: { user: unknown }[] };
    expect(config.clusters.map(({ name }) => name)).toEqual(['taffrail', 'other']);
    expect(config.users[1]?.user).toEqual({ exec: { args: ['a', 'b'] } });
    expect(text).toContain('# mine');
    expect((await readKubeconfig(file, 'taffrail')).server).toBe('https://127.0.0.1:7443');
    expect(await readKubeconfig(file, 'other').catch((thrown: Error) => thrown.message)).toContain('exec');
  });
});

test('what is written as JSON for a component reads like the YAML written for people', async () => {
  const [yaml, json] = [path.join(directory, 'yaml'), path.join(directory, 'json')];
  await writeKubeconfig(yaml, 'yaml', ours);
  await writeKubeconfig(json, 'json', ours);
  expect(JSON.parse(await readFile(json, 'utf8'))).toMatchObject({ kind: 'Config', 'current-context': 'taffrail' });
  expect(await readKubeconfig(json)).toEqual(await readKubeconfig(yaml));
});

test('a file that only looks like JSON is refused with its name', async () => {
  const file = path.join(directory, 'broken');
  await writeFile(file, '{"kind":');
  await expect(readKubeconfig(file)).rejects.toThrow(`kubeconfig ${file}: `);
});
