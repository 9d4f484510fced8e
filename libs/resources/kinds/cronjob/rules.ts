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
import { rulesOf } from '../strategy.ts';
import { containerImages, containerNames } from '../workload-cells.ts';

/** A Job's name has the scheduled minute behind its CronJob's; together they fit into a label. */
const NAME_CHARACTERS = 52;
const POLICIES: readonly string[] = ['Allow', 'Forbid', 'Replace'];

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

function validate({ spec = {} }: Given<CronJob>): readonly FieldError[] {
  return [
    ...validateSchedule(spec),
    ...validateNonNegative(spec.startingDeadlineSeconds, 'spec.startingDeadlineSeconds'),
    ...(POLICIES.includes(spec.concurrencyPolicy ?? '')
      ? []
      : [notSupported('spec.concurrencyPolicy', spec.concurrencyPolicy ?? '', POLICIES)]),
    ...validateTimeZone(spec.timeZone),
    ...validateTemplate(spec),
    ...validateNonNegative(spec.successfulJobsHistoryLimit, 'spec.successfulJobsHistoryLimit'),
    ...validateNonNegative(spec.failedJobsHistoryLimit, 'spec.failedJobsHistoryLimit'),
  ];
}

function validateSchedule({ schedule = '', timeZone }: Given<CronJobSpec>): readonly FieldError[] {
  const path = 'spec.schedule';
  if (schedule === '') return [required(path)];
  const errors = [...invalids(path, schedule, cronSchedule(schedule))];
  if (schedule.includes('TZ')) {
    const detail =
      timeZone === undefined
        ? 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead'
        : 'cannot use both timeZone field and TZ or CRON_TZ in schedule';
    errors.push(invalid(path, schedule, detail));
  }
  return errors;
}

function validateTimeZone(timeZone: string | undefined): readonly FieldError[] {
  const path = 'spec.timeZone';
  if (timeZone === undefined) return [];
  if (timeZone === '') return [invalid(path, timeZone, 'timeZone must be nil or non-empty string')];
  if (timeZone.toLowerCase() === 'local') {
    const detail = 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones';
    return [invalid(path, timeZone, detail)];
  }
  return isTimeZone(timeZone) ? [] : [invalid(path, timeZone, `unknown time zone ${timeZone}`)];
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
  cells: (cronJob, nowMs) => {
    const { spec, status } = cronJob;
    const pods = spec?.jobTemplate?.spec?.template?.spec;
    return [
      cronJob.metadata?.name ?? '',
      spec?.schedule ?? '',
      spec?.timeZone ?? NONE,
      spec?.suspend ?? false,
      status?.active?.length ?? 0,
      status?.lastScheduleTime === undefined ? NONE : since(status.lastScheduleTime, nowMs),
      age(cronJob.metadata, nowMs),
      containerNames(pods),
      containerImages(pods),
      selectorText(spec?.jobTemplate?.spec?.selector),
    ];
  },
});
