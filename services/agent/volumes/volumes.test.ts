import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Pod, Volume } from '@taffrail/resources/generated/types';
import { nodePaths } from '../node/node-paths.ts';
import { writeAtomically } from './atomic-writer.ts';
import { checkHostPath } from './host-path.ts';
import { containerMounts } from './pod-volumes.ts';
import { volumeContent } from './volume-content.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'taffrail-volumes-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const file = (path: string, content: string, mode = 0o644) => ({ path, content: Buffer.from(content), mode });

describe('files that are switched all at once', () => {
  test('names are links through ..data, and a switch changes, adds and removes them together', async () => {
    expect(await writeAtomically(root, [file('a', '1'), file('deep/b', '2', 0o400)], undefined)).toBe(true);
    const first = readlinkSync(join(root, '..data'));
    expect(readFileSync(join(root, 'a'), 'utf8')).toBe('1');
    expect(statSync(join(root, 'deep/b')).mode & 0o777).toBe(0o400);
    expect(lstatSync(join(root, 'a')).isSymbolicLink()).toBe(true);
    expect(await writeAtomically(root, [file('a', '3'), file('c', '4')], undefined)).toBe(true);
    expect(
      readdirSync(root)
        .filter((name) => !name.startsWith('..'))
        .sort(),
    ).toEqual(['a', 'c']);
    expect(readFileSync(join(root, 'a'), 'utf8')).toBe('3');
    expect(readdirSync(root)).not.toContain(first);
  });

  test('the same files again switch nothing', async () => {
    await writeAtomically(root, [file('a', '1')], undefined);
    const link = readlinkSync(join(root, '..data'));
    expect(await writeAtomically(root, [file('a', '1')], undefined)).toBe(false);
    expect(readlinkSync(join(root, '..data'))).toBe(link);
  });
});

describe('what volumes show', () => {
  const input = {
    pod: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p', namespace: 'default' } } as Pod,
    objects: {
      configMap: (name: string) =>
        name === 'cm'
          ? ({
              apiVersion: 'v1',
              kind: 'ConfigMap',
              metadata: {},
              data: { a: '1', b: '2' },
              binaryData: { c: '/w==' },
            } as const)
          : undefined,
      secret: () => undefined,
    },
    node: { name: 'n1', ip: '192.0.2.1', allocatable: {} },
    podIps: [],
    token: () => undefined,
  };
  const shown = (volume: Omit<Volume, 'name'>): readonly (readonly [string, string, number])[] =>
    (volumeContent(input, { name: 'v', ...volume }) ?? []).map(({ path, content, mode }) => [
      path,
      content.toString('latin1'),
      mode,
    ]);

  test('all keys, or the chosen ones under their paths and modes', () => {
    expect(shown({ configMap: { name: 'cm', defaultMode: 0o600 } })).toEqual([
      ['a', '1', 0o600],
      ['b', '2', 0o600],
      ['c', '\u00ff', 0o600],
    ]);
    expect(shown({ configMap: { name: 'cm', items: [{ key: 'a', path: 'x/y', mode: 0o400 }] } })).toEqual([
      ['x/y', '1', 0o400],
    ]);
  });

  test('a missing object or key is refused unless it is optional', () => {
    expect(() => shown({ secret: { secretName: 'no' } })).toThrow('secret "no" not found');
    expect(shown({ secret: { secretName: 'no', optional: true } })).toEqual([]);
    const items = [{ key: 'no', path: 'p' }];
    expect(() => shown({ configMap: { name: 'cm', items } })).toThrow('references non-existent config key: no');
    expect(shown({ configMap: { name: 'cm', items, optional: true } })).toEqual([]);
  });

  test('no path leads out of the volume', () => {
    expect(() => shown({ configMap: { name: 'cm', items: [{ key: 'a', path: '../x' }] } })).toThrow(
      'leaves the volume',
    );
  });

  test('the API’s own volume has the root certificate and the namespace, and no token where none is issued', () => {
    const sources = [
      { serviceAccountToken: { path: 'token' } },
      { configMap: { name: 'cm', items: [{ key: 'a', path: 'ca.crt' }] } },
      { downwardAPI: { items: [{ path: 'namespace', fieldRef: { fieldPath: 'metadata.namespace' } }] } },
    ];
    expect(shown({ projected: { sources } }).map(([path]) => path)).toEqual(['ca.crt', 'namespace']);
  });
});

test.each([
  ['', 'missing', undefined],
  ['DirectoryOrCreate', 'missing', undefined],
  ['FileOrCreate', 'missing', undefined],
  ['Directory', 'missing', 'is not a directory'],
  ['Directory', 'file', 'is not a directory'],
  ['File', 'file', undefined],
  ['File', 'directory', 'is not a file'],
  ['Socket', 'file', 'is not a socket file'],
])('hostPath type "%s" on a %s', async (type, kind, problem) => {
  const path = join(root, 'x');
  if (kind === 'file') writeFileSync(path, '');
  if (kind === 'directory') mkdirSync(path);
  const checked = checkHostPath({ path, type });
  if (problem === undefined) await checked;
  else await expect(checked).rejects.toThrow(problem);
});

test('a subPath is made when it is missing, and neither .. nor a link leads out of the volume', async () => {
  const paths = nodePaths(root);
  const pod = (subPath: string): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'default', uid: 'u' },
    spec: {
      volumes: [{ name: 'v', emptyDir: {} }],
      containers: [{ name: 'main', volumeMounts: [{ name: 'v', mountPath: '/v', subPath }] }],
    },
  });
  const base = paths.volume('u', 'kubernetes.io~empty-dir', 'v');
  mkdirSync(base, { recursive: true });
  symlinkSync('/etc', join(base, 'link'));
  const mounts = async (subPath: string) =>
    containerMounts(paths, pod(subPath), pod(subPath).spec!.containers[0]!, 0, new Map());
  expect((await mounts('a/b'))[0]).toMatchObject({ containerPath: '/v', hostPath: join(base, 'a/b') });
  expect(statSync(join(base, 'a/b')).isDirectory()).toBe(true);
  await expect(mounts('../x')).rejects.toThrow('failed to prepare subPath');
  await expect(mounts('link/x')).rejects.toThrow('failed to prepare subPath');
});
