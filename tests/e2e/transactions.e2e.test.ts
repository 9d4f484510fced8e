import { afterAll, beforeAll, expect, test } from 'vitest';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { ConfigMap } from '@taffrail/resources/generated/types';
import { testCluster, type TestCluster } from './cluster.ts';

interface ListOf<T> {
  readonly items: readonly T[];
}

const OBJECTS_COUNT = 20;
const ROUNDS_COUNT = 15;

let cluster: TestCluster;
let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), 'taffrail-manifests-'));
  cluster = await testCluster({ number: 7, runtime: 'simulated' });
  const up = await cluster.up();
  expect(up.code, up.stdout + up.stderr).toBe(0);
});
afterAll(async () => {
  await cluster.dispose();
  rmSync(directory, { recursive: true, force: true });
});

function manifest(name: string, text: string): string {
  const file = path.join(directory, name);
  writeFileSync(file, text);
  return file;
}

const configMaps = (round: number, count = OBJECTS_COUNT): string =>
  Array.from({ length: count }, (_, index) =>
    [
      'apiVersion: v1',
      'kind: ConfigMap',
      `metadata: {name: c-${index}, namespace: shop, labels: {set: shop}}`,
      `data: {round: "${round}"}`,
      '',
    ].join('\n'),
  ).join('---\n');

test('kubectl never lists half of a transaction of twenty objects, and sees each of them', async () => {
  const first = manifest('0.yaml', `apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\n${configMaps(0)}`);
  const created = await cluster.taffrail('apply', '--atomic', '-f', first);
  expect(created.stdout.split('\n').slice(0, 2)).toEqual(['namespace/shop created', 'configmap/c-0 created']);
  expect(created.code, created.stderr).toBe(0);

  const done = new AbortController();
  const seen = new Set<string>();
  const listing = (async () => {
    while (!done.signal.aborted) {
      const { items } = await cluster.kubectl.json<ListOf<ConfigMap>>('-n', 'shop', 'get', 'cm', '-l', 'set=shop');
      expect(items).toHaveLength(OBJECTS_COUNT);
      const rounds = new Set(items.map((item) => item.data?.['round'] ?? ''));
      expect(rounds.size, [...rounds].join()).toBe(1);
      for (const round of rounds) seen.add(round);
    }
  })();
  try {
    for (let round = 1; round <= ROUNDS_COUNT; round++) {
      const applied = await cluster.taffrail('apply', '--atomic', '-f', manifest('next.yaml', configMaps(round)));
      expect(applied.stdout.split('\n').filter((line) => line.endsWith(' configured'))).toHaveLength(OBJECTS_COUNT);
    }
  } finally {
    done.abort();
    await listing;
  }
  expect(seen.size).toBeGreaterThan(3);
});

test('one object that is refused leaves all others as they were, and says why; kubectl apply goes on after it', async () => {
  const before = await cluster.kubectl('-n', 'shop', 'get', 'cm', '-o', 'yaml');
  const bad = manifest(
    'bad.yaml',
    `${configMaps(99)}---\n${configMaps(0, 1).replace('name: c-0', 'name: NOT_A_NAME')}`,
  );
  const refused = await cluster.taffrail('apply', '--atomic', '-f', bad);
  expect(refused.code).toBe(1);
  expect(refused.stderr).toContain('nothing was changed');
  expect(refused.stderr).toContain('NOT_A_NAME');
  expect(await cluster.kubectl('-n', 'shop', 'get', 'cm', '-o', 'yaml')).toBe(before);

  const again = manifest('again.yaml', configMaps(ROUNDS_COUNT));
  const unchanged = await cluster.taffrail('apply', '--atomic', '-f', again);
  expect(unchanged.stdout).toContain('configmap/c-0 unchanged');
  // It keeps the last applied configuration where kubectl does, so kubectl takes over without a warning and sees what is gone.
  const less = manifest('less.yaml', configMaps(ROUNDS_COUNT, 1).replace(/^data: .*/m, 'data: {other: "1"}'));
  const byKubectl = await cluster.kubectl.attempt(['apply', '-f', less]);
  expect([byKubectl.stdout.trim(), byKubectl.stderr]).toEqual(['configmap/c-0 configured', '']);
  const { data } = await cluster.kubectl.json<ConfigMap>('-n', 'shop', 'get', 'cm', 'c-0');
  expect(data).toEqual({ other: '1' });

  expect((await cluster.taffrail('apply', '-f', less)).code).toBe(2);
  const dry = await cluster.taffrail('apply', '--atomic', '--dry-run=server', '-f', first('dry'));
  expect(dry.stdout).toBe('configmap/dry created (server dry run)\n');
});

function first(name: string): string {
  return manifest('dry.yaml', `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}}\n`);
}
