import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ResourceDefinition } from './definition.ts';
import type { MutableJsonObject } from './json.ts';
import type { KubeObject } from './object.ts';
import { allResources } from './registry.ts';

/*
 * Creations recorded from a real API server, replayed against the rules alone: what was refused with field errors must be refused
 * with the same ones, and what was accepted must come out with every default. What admission and allocation add is left aside.
 */

const folder = path.resolve(import.meta.dirname, '../../../shared/golden/groups');
const GROUPS = [
  'configmap-crud',
  'namespaces',
  'pod-validation',
  'secrets-and-accounts',
  'services',
  'workloads-defaulting',
];

interface Answer {
  readonly step: string;
  readonly status: number;
  readonly body: {
    readonly kind?: string;
    readonly spec?: MutableJsonObject;
    readonly status?: unknown;
    readonly details?: { readonly causes?: readonly Cause[] };
  };
}

interface Cause {
  readonly field: string;
  readonly message: string;
  readonly reason: string;
}

interface Creation {
  readonly title: string;
  readonly definition: ResourceDefinition;
  readonly object: MutableJsonObject;
  readonly answer: Answer;
}

function creationsOf(group: string): readonly Creation[] {
  const { steps, answers } = JSON.parse(
    readFileSync(path.join(folder, `${group}.json`), 'utf8').replaceAll('${stamp}', '1'),
  ) as {
    steps: readonly { name: string; method: string; path: string; body?: unknown }[];
    answers: readonly Answer[];
  };
  return steps.flatMap((step) => {
    const answer = answers.find((one) => one.step === step.name);
    const definition = allResources().find((one) => step.path.endsWith(`/${one.resource}`));
    const replayable = step.method === 'POST' && answer !== undefined && definition !== undefined;
    if (!replayable || typeof step.body !== 'object' || ![201, 422].includes(answer.status)) return [];
    // Decided by the state machine: which ports are free, which names are taken.
    if (['nodeport-taken', 'nodeport-range', 'out-of-range-ip'].includes(step.name) || Array.isArray(answer.body))
      return [];
    return [{ title: `${group} / ${step.name}`, definition, object: step.body as MutableJsonObject, answer }];
  });
}

/** What admission puts into a pod, and what allocation puts into a service. */
const ADDED: readonly string[] = [
  'serviceAccount',
  'serviceAccountName',
  'tolerations',
  'priority',
  'preemptionPolicy',
  'volumes',
  'clusterIP',
  'clusterIPs',
];

function withoutAdded(spec: MutableJsonObject): MutableJsonObject {
  const kept = Object.fromEntries(Object.entries(spec).filter(([name]) => !ADDED.includes(name)));
  return JSON.parse(JSON.stringify(kept), (name, value: unknown) =>
    name === 'volumeMounts' ? undefined : value,
  ) as MutableJsonObject;
}

function create({ definition, object }: Creation): {
  readonly object: MutableJsonObject;
  readonly causes: readonly Cause[];
} {
  const draft = { apiVersion: 'v1', kind: definition.kind, ...structuredClone(object) } as MutableJsonObject;
  const metadata = draft['metadata'] as MutableJsonObject;
  const prefix = metadata['generateName'];
  if (typeof prefix === 'string') metadata['name'] = `${prefix}x2k4f`;
  if (definition.namespaced) metadata['namespace'] = 'ns';
  definition.rules.applyDefaults(draft);
  if (definition.kind === 'Pod') (draft['spec'] as MutableJsonObject)['serviceAccountName'] ??= 'default';
  definition.rules.prepareForCreate(draft);
  const errors = definition.rules.validateCreate(draft as KubeObject);
  const causes = errors.map((error) => ({ field: error.field, message: error.message, reason: error.type }));
  return { object: draft, causes: causes.toSorted((a, b) => (a.field < b.field ? -1 : 1)) };
}

describe.skipIf(!existsSync(folder)).each(GROUPS)('recorded creations of %s', (group) => {
  const creations = existsSync(folder) ? creationsOf(group) : [];

  test('are there', () => expect(creations.length).toBeGreaterThan(0));

  test.each(creations)('$title', (creation) => {
    const { body, status } = creation.answer;
    const made = create(creation);
    if (status === 422) {
      const expected = body.details?.causes ?? [];
      const wording = expected.map((cause, at) =>
        cause.message.startsWith('<') ? { ...cause, message: made.causes[at]?.message } : cause,
      );
      expect(made.causes).toEqual(wording);
      return;
    }
    expect(made.causes).toEqual([]);
    if (body.spec !== undefined)
      expect(withoutAdded(made.object['spec'] as MutableJsonObject)).toEqual(withoutAdded(body.spec));
    expect(made.object['status']).toEqual(body.status);
  });
});
