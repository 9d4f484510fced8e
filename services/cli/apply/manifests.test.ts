import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { UsageError } from '../failure.ts';
import { objectsIn, readManifests } from './manifests.ts';
import { refusalText } from '../refusal-text.ts';
import { resultLine } from './transaction-answer.ts';

const configMap = (name: string): string => `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`;
const names = (objects: ReturnType<typeof objectsIn>): readonly unknown[] =>
  objects.map((object) => (object['metadata'] as { name: string }).name);
async function* nothing(): AsyncGenerator<Uint8Array> {}

test('a text holds several documents; empty ones and comments are passed over', () => {
  expect(names(objectsIn(`---\n# only a comment\n---\n${configMap('a')}---\n${configMap('b')}---\n`, 'f'))).toEqual([
    'a',
    'b',
  ]);
  expect(names(objectsIn('{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"j"}}', 'f'))).toEqual(['j']);
});

test('the items of Lists stand for themselves, and those of a typed list get its kind', () => {
  const list = { apiVersion: 'v1', kind: 'List', items: [{ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' } }] };
  const typed = { apiVersion: 'apps/v1', kind: 'DeploymentList', items: [{ metadata: { name: 'd' } }] };
  expect(names(objectsIn(`${JSON.stringify(list)}\n---\n${JSON.stringify(typed)}`, 'f'))).toEqual(['p', 'd']);
  expect(objectsIn(JSON.stringify(typed), 'f')[0]).toMatchObject({ kind: 'Deployment', apiVersion: 'apps/v1' });
});

test('what is no manifest is refused with its place', () => {
  expect(() => objectsIn('a: [', 'x.yaml')).toThrow(UsageError);
  expect(() => objectsIn('just text', 'x.yaml')).toThrow('x.yaml: a document is no object');
  expect(() => objectsIn('kind: Pod', 'x.yaml')).toThrow('without kind or apiVersion');
});

test('a directory gives its manifests in order, those of its directories only when asked', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'taffrail-manifests-'));
  try {
    await mkdir(join(directory, 'sub'));
    await writeFile(join(directory, '2.yaml'), configMap('two'));
    await writeFile(join(directory, '1.json'), '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"one"}}');
    await writeFile(join(directory, 'notes.txt'), 'not a manifest');
    await writeFile(join(directory, 'sub', '3.yml'), configMap('three'));
    expect(names(await readManifests([directory], false, nothing()))).toEqual(['one', 'two']);
    expect(names(await readManifests([directory], true, nothing()))).toEqual(['one', 'two', 'three']);
    await expect(readManifests([join(directory, 'missing')], false, nothing())).rejects.toThrow(UsageError);
  } finally {
    await rm(directory, { recursive: true });
  }
});

test('standard input is read to its end', async () => {
  async function* input(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(configMap('a').slice(0, 10));
    yield Buffer.from(configMap('a').slice(10));
  }
  expect(names(await readManifests(['-'], false, input()))).toEqual(['a']);
  await expect(readManifests(['-'], false, nothing())).rejects.toThrow('no objects passed');
});

test('results read like those of kubectl, and a refusal says why for each item', () => {
  const object = { kind: 'Deployment', apiVersion: 'apps/v1', metadata: { name: 'web' } };
  expect(resultLine({ object, result: 'configured' }, false)).toBe('deployment.apps/web configured');
  const service = { kind: 'Service', apiVersion: 'v1', metadata: { name: 'web' } };
  expect(resultLine({ object: service, result: 'created' }, true)).toBe('service/web created (server dry run)');
  const causes = [
    { field: 'items[0]', message: 'Pod a: no' },
    { field: 'items[0].spec', message: 'x' },
    { field: 'items[2]', message: 'Pod b: no' },
  ];
  expect(refusalText(422, JSON.stringify({ message: 'nothing was changed', details: { causes } }))).toBe(
    'nothing was changed\n  items[0]: Pod a: no\n  items[2]: Pod b: no',
  );
  expect(refusalText(502, '<html>')).toBe('the server answered 502');
});
