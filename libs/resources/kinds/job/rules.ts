import { parseRfc3339 } from '@taffrail/platform/clock';
import type { Cell } from '../../cell.ts';
import type { Job } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { age, selectorText } from '../cells.ts';
import { AGE, NAME, narrow, wide } from '../columns.ts';
import { humanDuration } from '../duration.ts';
import { rulesOf } from '../strategy.ts';
import { containerImages, containerNames } from '../workload-cells.ts';
import { isNews, nameWarnings } from '../workload-warnings.ts';
import { defaultJob, generateSelector } from './defaults.ts';
import { validateJobStatus } from './validate-status.ts';
import { validateJob, validateJobUpdate } from './validate.ts';
import { jobSpecWarnings } from './warnings.ts';

export const jobColumns = [
  NAME,
  narrow('Status', 'How far it is'),
  narrow('Completions', 'Pods that succeeded out of those wanted'),
  narrow('Duration', 'How long it has been running, or ran'),
  AGE,
  wide('Containers', 'Names of the containers in the template'),
  wide('Images', 'Images in the template'),
  wide('Selector', 'Which pods belong to it'),
] as const;

function phase(job: Given<Job>): string {
  const holds = (type: string): boolean =>
    job.status?.conditions?.some((one) => one.type === type && one.status === 'True') === true;
  if (holds('Complete')) return 'Complete';
  if (holds('Failed')) return 'Failed';
  if (job.metadata?.deletionTimestamp !== undefined) return 'Terminating';
  if (holds('Suspended')) return 'Suspended';
  if (holds('FailureTarget')) return 'FailureTarget';
  return holds('SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
}

function completions(job: Given<Job>): string {
  const succeeded = job.status?.succeeded ?? 0;
  if (job.spec?.completions !== undefined) return `${succeeded}/${job.spec.completions}`;
  const parallelism = job.spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function duration(job: Given<Job>): Cell {
  const { startTime, completionTime } = job.status ?? {};
  const startedMs = startTime === undefined ? undefined : parseRfc3339(startTime);
  if (startedMs === undefined) return '';
  const endedMs = completionTime === undefined ? undefined : parseRfc3339(completionTime);
  if (endedMs !== undefined) return humanDuration(endedMs - startedMs);
  return { before: '', sinceMs: startedMs, after: '' };
}

export const jobRules = rulesOf<Job>({
  metadata: { namespaced: true, name: dns1123Subdomain },
  defaults: defaultJob,
  initialStatus: () => ({}),
  generation: true,
  prepareForCreate: generateSelector,
  validate: validateJob,
  validateUpdate: validateJobUpdate,
  validateStatus: validateJobStatus,
  warnings: (job, previous) =>
    isNews(job, previous) ? [...nameWarnings(job, previous), ...jobSpecWarnings(job.spec, 'spec')] : [],
  selectable: { 'status.successful': (job) => String(job.status?.succeeded ?? 0) },
  cells: (job) => [
    job.metadata?.name ?? '',
    phase(job),
    completions(job),
    duration(job),
    age(job.metadata),
    containerNames(job.spec?.template?.spec),
    containerImages(job.spec?.template?.spec),
    selectorText(job.spec?.selector),
  ],
});
