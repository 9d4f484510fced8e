import type { Job, JobSpec } from '../../generated/types.ts';
import type { Draft } from '../../given.ts';
import { nullTimes } from '../null-times.ts';
import { defaultPodTemplate } from '../pod/defaults.ts';

const MAX_INT32 = 2 ** 31 - 1;

export function defaultJob(job: Draft<Job>): void {
  const spec = (job.spec ??= {});
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  // Counting failures per index, the job as a whole has no bound of its own.
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : MAX_INT32;
  const labels = spec.template?.metadata?.labels;
  const metadata = (job.metadata ??= {});
  if (labels !== undefined && Object.keys(metadata.labels ?? {}).length === 0) metadata.labels = { ...labels };
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.manualSelector ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy === undefined ? 'TerminatingOrFailed' : 'Failed';
  defaultJobTemplate(spec);
  job.status ??= {};
  nullTimes(job.status.conditions, 'lastProbeTime', 'lastTransitionTime');
}

/** What of a Job's spec is defaulted where it is the template of a CronJob, too. */
export function defaultJobTemplate(spec: Draft<JobSpec>): void {
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const pattern of rule.onPodConditions ?? []) {
      if ((pattern.status ?? '') === '') pattern.status = 'True';
    }
  }
  defaultPodTemplate((spec.template ??= {}));
}

/** The labels by which a Job finds its pods; the short names are older and still read. */
export const CONTROLLER_UID = 'batch.kubernetes.io/controller-uid';
export const JOB_NAME = 'batch.kubernetes.io/job-name';
export const OLD_CONTROLLER_UID = 'controller-uid';
export const OLD_JOB_NAME = 'job-name';

/** Gives a new Job a selector nobody else has, and its pods the labels that go with it, unless its author takes care of both. */
export function generateSelector(job: Draft<Job>): void {
  const spec = (job.spec ??= {});
  if (spec.manualSelector === true) return;
  const { uid = '', name = '' } = job.metadata ?? {};
  const metadata = ((spec.template ??= {}).metadata ??= {});
  const labels = (metadata.labels ??= {});
  // A label its author set to something else is left for validation to refuse.
  for (const label of [OLD_CONTROLLER_UID, CONTROLLER_UID]) labels[label] ??= uid;
  for (const label of [OLD_JOB_NAME, JOB_NAME]) labels[label] ??= name;
  const selector = (spec.selector ??= {});
  (selector.matchLabels ??= {})[CONTROLLER_UID] ??= uid;
}
