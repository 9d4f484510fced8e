import { existsSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { repository, testCluster, type TestCluster } from './cluster.ts';
import { run } from './kubectl.ts';

/*
 * Answers recorded from a real API server, compared with those of a cluster by the comparison that comes with the recordings. They
 * are not part of the repository: where they are missing nothing is compared, and that is said.
 */

const comparison = path.resolve(repository, '../shared/golden/check.mjs');
const isThere = existsSync(comparison);
if (!isThere) {
  console.warn(`NOT RUN: no answer is compared with those of a real API server, for ${comparison} is missing`);
}

const GROUPS = [
  'discovery',
  'configmap-crud',
  'field-validation',
  'lists',
  'namespaces',
  'pod-validation',
  'workloads-defaulting',
  'services',
  'policy-and-quota',
  'server-side-apply',
];
/**
 * The answers that may differ, and why: every other one must match, and every status must be equal, of these as well.
 *
 * - discovery / api-aggregated: a later Kubernetes has `pods/resize` and writes no empty creation time.
 * - pod-validation / change-command: the refusal ends with a difference as Go's comparison prints it.
 * - policy-and-quota / limitrange-invalid, pdb-both: the recorded texts hold addresses in memory.
 * - policy-and-quota / hpa-invalid: since v1.34 an autoscaler must name the API group of what it scales, too.
 */
const DIFFERENT: readonly string[] = [
  'discovery / api-aggregated',
  'pod-validation / change-command',
  'policy-and-quota / limitrange-invalid',
  'policy-and-quota / pdb-both',
  'policy-and-quota / hpa-invalid',
];

let cluster: TestCluster;

describe.skipIf(!isThere)('a cluster', () => {
  beforeAll(async () => {
    cluster = await testCluster({ number: 8, runtime: 'simulated' });
    const up = await cluster.up();
    expect(up.code, up.stdout + up.stderr).toBe(0);
  });
  afterAll(async () => {
    await cluster.dispose();
  });

  test('answers as a real API server was recorded to answer', async () => {
    const { stdout, stderr } = await run(
      process.execPath,
      [comparison, '--kubeconfig', cluster.kubeconfig, '--group', GROUPS.join(','), '--diff'],
      { timeoutMs: 240_000 },
    );
    const said = `${stdout}\n${stderr}`;
    const counts = /^status codes equal: (\d+) of (\d+)\nmatched (\d+) of \d+ answers$/m.exec(stdout);
    expect(counts, said).not.toBeNull();
    const [, equal = 0, answers = 0, matched = 0] = (counts ?? []).map(Number);
    console.info(`status codes equal: ${equal} of ${answers}, answers matched: ${matched} of ${answers}`);
    expect(answers).toBeGreaterThan(180);

    // A heading for each answer that differs, and below it what does.
    const differing = [...stdout.matchAll(/^ {2}(\S+ \/ \S+)\n((?: {4}.*\n)*)/gm)];
    const names = differing.map(([, name = '']) => name);
    expect(
      names.filter((name) => !DIFFERENT.includes(name)),
      said,
    ).toEqual([]);
    const statuses = differing.filter(([, , what = '']) => what.includes('$.status: ')).map(([, name = '']) => name);
    expect(statuses, said).toEqual([]);
    expect(matched, said).toBe(answers - names.length);
    expect(equal, said).toBe(answers);
  });
});
