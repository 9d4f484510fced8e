import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type KubeconfigEntry, writeKubeconfig } from './kubeconfig-file.ts';
import { readKubeconfig } from './kubeconfig.ts';
import { parsePlainYaml } from './plain-yaml.ts';

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
    await writeKubeconfig(file, ours);
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
    await writeKubeconfig(file, ours);
    const text = await readFile(file, 'utf8');
    expect(/^\s+server: (\S+)$/m.exec(text)?.[1]).toBe('https://127.0.0.1:6443');
    expect(/^\s+client-key-data: (\S+)$/m.exec(text)?.[1]).toBe(Buffer.from('KEY').toString('base64'));
  });

  test('entries of others stay, ours comes first and the current context is theirs', async () => {
    const file = await fileOf(
      'apiVersion: v1\nkind: Config\n# mine\nclusters:\n- name: other\n  cluster:\n    server: https://other\ncontexts:\n- name: other\n  context:\n    cluster: other\n    user: other\ncurrent-context: other\nusers:\n- name: other\n  user:\n    exec:\n      args: [a, b]\n',
    );
    await writeKubeconfig(file, ours);
    await writeKubeconfig(file, { ...ours, server: 'https://127.0.0.1:7443' });
    const text = await readFile(file, 'utf8');
    const config = parse(text) as { clusters: { name: string }[]; users: { user: unknown }[] };
    expect(config.clusters.map(({ name }) => name)).toEqual(['taffrail', 'other']);
    expect(config.users[1]?.user).toEqual({ exec: { args: ['a', 'b'] } });
    expect(text).toContain('# mine');
    expect((await readKubeconfig(file, 'taffrail')).server).toBe('https://127.0.0.1:7443');
    expect(await readKubeconfig(file, 'other').catch((thrown: Error) => thrown.message)).toContain('exec');
  });
});

describe('plain YAML', () => {
  test.each([
    'a: b\nc:\n  d: e\n  f:\n  - g\n  - h: i\n    j: k\nl: m\n',
    'a:\n- b\n- c\n',
    'list:\n    - name: x\n      deep:\n        er: y\n    - name: z\n',
    'a: {}\nb: []\nc: "d e"\nd: \'x\'\ne: http://x:1/y#z\nf:\n',
    '---\n# comment\na: b\n\nc: 1\n',
  ])('%j is read as a YAML parser reads it', (text) => {
    expect(parsePlainYaml(text)).toEqual(parse(text, { schema: 'failsafe' }));
  });

  test.each([
    'a: "x\\ny"\n',
    'a: |\n  text\n',
    'a: &x b\n',
    'a: [b, c]\n',
    'a: b: c\n',
    'a: b # c\n',
    'a:\n  b: c\n d: e\n',
    'a:\n- - b\n',
    'a: b\n  c\n',
    '\ta: b\n',
    '',
  ])('%j is left to a YAML parser', (text) => {
    expect(parsePlainYaml(text)).toBeUndefined();
  });

  test('what kubectl writes is plain', () => {
    const text =
      'apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: LS0tLS1C==\n    server: https://1.2.3.4:6443\n  name: c\ncontexts:\n- context:\n    cluster: c\n    user: u\n  name: c\ncurrent-context: c\nkind: Config\npreferences: {}\nusers:\n- name: u\n  user:\n    token: abc.def-ghi\n';
    expect(parsePlainYaml(text)).toEqual(parse(text, { schema: 'failsafe' }));
  });
});
