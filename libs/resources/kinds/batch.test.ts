import { describe, expect, test } from 'vitest';
import type { MutableJsonObject } from '../json.ts';
import type { KubeObject } from '../object.ts';
import { cronJobRules } from './cronjob/rules.ts';
import { jobRules } from './job/rules.ts';

const POD = { containers: [{ name: 'c', image: 'a' }], restartPolicy: 'Never' };

function job(spec: MutableJsonObject = {}): MutableJsonObject {
  const object: MutableJsonObject = {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name: 'j', namespace: 'ns', uid: 'u-1' },
    spec: { template: { spec: structuredClone(POD) }, ...spec },
  };
  jobRules.applyDefaults(object);
  jobRules.prepareForCreate(object);
  return object;
}

const faultsOf = (object: MutableJsonObject): readonly string[] =>
  jobRules.validateCreate(object as KubeObject).map((error) => `${error.field}: ${error.message}`);

describe('a job', () => {
  test('gets a selector of its own and the labels that go with it', () => {
    const made = job();
    expect(made['spec']).toMatchObject({
      completions: 1,
      parallelism: 1,
      backoffLimit: 6,
      completionMode: 'NonIndexed',
      suspend: false,
      manualSelector: false,
      podReplacementPolicy: 'TerminatingOrFailed',
      selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u-1' } },
      template: {
        metadata: {
          labels: {
            'batch.kubernetes.io/controller-uid': 'u-1',
            'batch.kubernetes.io/job-name': 'j',
            'controller-uid': 'u-1',
            'job-name': 'j',
          },
        },
      },
    });
    expect(faultsOf(made)).toEqual([]);
  });

  test('runs to an end: its pods do not restart for ever', () => {
    const always = job({ template: { spec: { ...POD, restartPolicy: 'Always' } } });
    expect(faultsOf(always)).toEqual([
      'spec.template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"',
    ]);
  });

  test('refuses labels that are not its own', () => {
    const taken = job({ template: { metadata: { labels: { 'job-name': 'other' } }, spec: POD } });
    expect(faultsOf(taken)[0]).toMatch(/^spec\.template\.metadata\.labels\[job-name\]: Invalid value: .* must be 'j'$/);
  });

  test('counted by index needs to know how many', () => {
    expect(faultsOf(job({ completionMode: 'Indexed', parallelism: 1 }))).toEqual([
      'spec.completions: Required value: when completion mode is Indexed',
    ]);
  });

  test('keeps its template, but may move while it has never run', () => {
    const moved = (suspend: boolean): readonly string[] => {
      const before = job({ suspend });
      const after = structuredClone(before);
      const spec = (after['spec'] as MutableJsonObject)['template'] as MutableJsonObject;
      spec['spec'] = { ...(spec['spec'] as MutableJsonObject), nodeSelector: { disk: 'fast' } };
      return jobRules.validateUpdate(after as KubeObject, before as KubeObject, '').map((error) => error.field);
    };
    expect(moved(true)).toEqual([]);
    expect(moved(false)).toEqual(['spec.template']);
  });

  test('has a row that says how far it is', () => {
    const done = {
      ...job(),
      status: {
        succeeded: 1,
        startTime: '2026-11-21T10:00:00Z',
        completionTime: '2026-11-21T10:00:07Z',
        conditions: [{ type: 'Complete', status: 'True' }],
      },
    };
    const cells = jobRules.tableCells(done as unknown as KubeObject);
    expect(cells.slice(0, 4)).toEqual(['j', 'Complete', '1/1', '7s']);
    expect(jobRules.tableCells(job({ suspend: true }) as KubeObject).slice(1, 4)).toEqual(['Running', '0/1', '']);
  });
});

describe('a cron job', () => {
  const faults = (spec: MutableJsonObject, name = 'c'): readonly string[] => {
    const object: MutableJsonObject = {
      metadata: { name, namespace: 'ns' },
      spec: { jobTemplate: { spec: { template: { spec: structuredClone(POD) } } }, ...spec },
    };
    cronJobRules.applyDefaults(object);
    return cronJobRules
      .validateCreate(object as unknown as KubeObject)
      .map((error) => `${error.field}: ${error.message}`);
  };

  test('has a schedule that can be read, in a zone that exists', () => {
    expect(faults({ schedule: '*/5 * * * *', timeZone: 'Europe/Zurich' })).toEqual([]);
    expect(faults({})).toEqual(['spec.schedule: Required value']);
    expect(faults({ schedule: '* * *' })).toEqual([
      'spec.schedule: Invalid value: "* * *": expected exactly 5 fields, found 3: [* * *]',
    ]);
    expect(faults({ schedule: '@daily', timeZone: 'Mars/Base' })).toEqual([
      'spec.timeZone: Invalid value: "Mars/Base": unknown time zone Mars/Base',
    ]);
    expect(faults({ schedule: 'TZ=UTC 0 0 * * *' })).toEqual([
      'spec.schedule: Invalid value: "TZ=UTC 0 0 * * *": cannot use TZ or CRON_TZ in schedule, use timeZone field instead',
    ]);
  });

  test('leaves room in its name for the minute of each job', () => {
    expect(faults({ schedule: '@daily' }, 'c'.repeat(53))).toEqual([
      `metadata.name: Invalid value: "${'c'.repeat(53)}": must be no more than 52 characters`,
    ]);
  });
});
