import type { JobSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { child, type Path } from '../../validation/field.ts';
import { templateWarnings } from '../pod/warnings.ts';

const MANY_COMPLETIONS = 100_000;
const MUCH_PARALLELISM = 10_000;
const UNTRACKED =
  'In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail';

/** Warnings for the spec of a Job, on its own or in the template of a CronJob. */
export function jobSpecWarnings(spec: Given<JobSpec> | undefined, path: Path): readonly string[] {
  const { completionMode, completions = 0, parallelism = 0, template } = spec ?? {};
  const isVast = completionMode === 'Indexed' && completions > MANY_COMPLETIONS && parallelism > MUCH_PARALLELISM;
  return [...(isVast ? [`${path}: ${UNTRACKED}`] : []), ...templateWarnings(template, child(path, 'template'))];
}
