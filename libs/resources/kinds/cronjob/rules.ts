import type { FieldError } from '../../field-error.ts';
import type { CronJob, CronJobSpec } from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';
import type { MutableJsonObject } from '../../json.ts';
import { cronSchedule, isTimeZone } from '../../syntax/cron.ts';
import { dns1123Subdomain } from '../../syntax/names.ts';
import { invalid, invalids, notSupported, required } from '../../validation/field.ts';
import { goLabelSelector } from '../../validation/go-syntax.ts';
import { validateNonNegative } from '../../validation/non-negative.ts';
import { age, NONE, selectorText, since } from '../cells.ts';
import { AGE, NAME, narrow, wide } from '../columns.ts';
import { defaultJobTemplate } from '../job/defaults.ts';
import { validateJobSpec } from '../job/validate.ts';
import { jobSpecWarnings } from '../job/warnings.ts';
import { rulesOf } from '../strategy.ts';
import { containerImages, containerNames } from '../workload-cells.ts';
import { isNews, nameWarnings } from '../workload-warnings.ts';

/** A Job's name has the scheduled minute behind its CronJob's; together they fit into a label. */
const NAME_CHARACTERS = 52;
const POLICIES: readonly string[] = ['Allow', 'Forbid', 'Replace'];
const ZONE_IN_SCHEDULE =
  'cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details';

function warnings(cronJob: Given<CronJob>, previous?: Given<CronJob>): readonly string[] {
  const { spec } = cronJob;
  return [
    ...nameWarnings(cronJob, previous),
    ...(isNews(cronJob, previous) ? jobSpecWarnings(spec?.jobTemplate?.spec, 'spec.jobTemplate.spec') : []),
    ...((spec?.schedule ?? '').includes('TZ') ? [ZONE_IN_SCHEDULE] : []),
  ];
}

function defaults(cronJob: Draft<CronJob>): void {
  const spec = (cronJob.spec ??= {});
  if ((spec.concurrencyPolicy ?? '') === '') spec.concurrencyPolicy = 'Allow';
  spec.suspend ??= false;
  spec.successfulJobsHistoryLimit ??= 3;
  spec.failedJobsHistoryLimit ??= 1;
  const template = (spec.jobTemplate ??= {});
  ((template.metadata ??= {}) as MutableJsonObject)['creationTimestamp'] ??= null;
  defaultJobTemplate((template.spec ??= {}));
  cronJob.status ??= {};
}

function validate({ spec = {} }: Given<CronJob>, previous?: Given<CronJob>): readonly FieldError[] {
  const zoneStays = previous !== undefined && previous.spec?.timeZone === spec.timeZone;
  return [
    ...validateSchedule(spec, previous?.spec?.schedule ?? ''),
    ...validateNonNegative(spec.startingDeadlineSeconds, 'spec.startingDeadlineSeconds'),
    ...(zoneStays ? [] : validateTimeZone(spec.timeZone)),
    ...(POLICIES.includes(spec.concurrencyPolicy ?? '')
      ? []
      : [notSupported('spec.concurrencyPolicy', spec.concurrencyPolicy ?? '', POLICIES)]),
    ...validateTemplate(spec),
    ...validateNonNegative(spec.successfulJobsHistoryLimit, 'spec.successfulJobsHistoryLimit'),
    ...validateNonNegative(spec.failedJobsHistoryLimit, 'spec.failedJobsHistoryLimit'),
  ];
}

/** A zone in the schedule is of old: who has one may keep it, or move it to its field. */
function validateSchedule({ schedule = '', timeZone }: Given<CronJobSpec>, before: string): readonly FieldError[] {
  const path = 'spec.schedule';
  if (schedule === '') return [required(path)];
  const errors = [...invalids(path, schedule, cronSchedule(schedule))];
  if (!schedule.includes('TZ')) return errors;
  if (!before.includes('TZ')) {
    errors.push(invalid(path, schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'));
  } else if (timeZone !== undefined) {
    errors.push(invalid(path, schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule'));
  }
  return errors;
}

/** One part of a zone's name, as in `Europe/Vienna`. */
const ZONE_PART = /^[A-Za-z.\-_0-9+]{1,14}$/;

function validateTimeZone(timeZone: string | undefined): readonly FieldError[] {
  const path = 'spec.timeZone';
  if (timeZone === undefined) return [];
  if (timeZone === '') return [invalid(path, timeZone, 'timeZone must be nil or non-empty string')];
  const parts = timeZone.split('/');
  const isName = parts.every((part) => ZONE_PART.test(part) && !['.', '..'].includes(part) && !part.startsWith('-'));
  if (isName && timeZone.toLowerCase() === 'local') {
    const detail = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
    return [invalid(path, timeZone, detail)];
  }
  return isName && isTimeZone(timeZone) ? [] : [invalid(path, timeZone, `unknown time zone ${timeZone}`)];
}

function validateTemplate(spec: Given<CronJobSpec>): readonly FieldError[] {
  const path = 'spec.jobTemplate.spec';
  const job = spec.jobTemplate?.spec ?? {};
  const errors = [...validateJobSpec(job, path)];
  if (job.selector !== undefined) {
    errors.push(invalid(`${path}.selector`, goLabelSelector(job.selector), '`selector` will be auto-generated'));
  }
  if (job.manualSelector === true) {
    errors.push(notSupported(`${path}.manualSelector`, job.manualSelector, ['nil', 'false']));
  }
  return errors;
}

function validateName(cronJob: Given<CronJob>): readonly FieldError[] {
  const { name = '' } = cronJob.metadata ?? {};
  return name.length > NAME_CHARACTERS
    ? [invalid('metadata.name', name, `must be no more than ${NAME_CHARACTERS} characters`)]
    : [];
}

export const cronJobColumns = [
  NAME,
  narrow('Schedule', 'When it makes a Job'),
  narrow('Timezone', 'The time zone of its schedule'),
  narrow('Suspend', 'Whether it makes no Jobs for now', 'boolean'),
  narrow('Active', 'Its Jobs that run', 'integer'),
  narrow('Last Schedule', 'Time since it last made a Job'),
  AGE,
  wide('Containers', 'Names of the containers in the template'),
  wide('Images', 'Images in the template'),
  wide('Selector', 'Which pods belong to its Jobs'),
] as const;

export const cronJobRules = rulesOf<CronJob>({
  metadata: { namespaced: true, name: dns1123Subdomain },
  defaults,
  initialStatus: () => ({}),
  generation: true,
  validate,
  validateCreation: validateName,
  warnings,
  cells: (cronJob) => {
    const { spec, status } = cronJob;
    const pods = spec?.jobTemplate?.spec?.template?.spec;
    return [
      cronJob.metadata?.name ?? '',
      spec?.schedule ?? '',
      spec?.timeZone ?? NONE,
      spec?.suspend ?? false,
      status?.active?.length ?? 0,
      status?.lastScheduleTime === undefined ? NONE : since(status.lastScheduleTime),
      age(cronJob.metadata),
      containerNames(pods),
      containerImages(pods),
      selectorText(spec?.jobTemplate?.spec?.selector),
    ];
  },
});
