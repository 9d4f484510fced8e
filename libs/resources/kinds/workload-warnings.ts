import type { ObjectMeta, PodTemplateSpec } from '../generated/types.ts';
import type { Given } from '../given.ts';
import { dns1123Label } from '../syntax/names.ts';
import { templateWarnings } from './pod/warnings.ts';

interface Named {
  readonly metadata?: Given<ObjectMeta> | undefined;
}

/** What the warnings about a workload look at. */
interface Workload extends Named {
  readonly spec?: { readonly template?: Given<PodTemplateSpec> | undefined } | undefined;
}

/** A new object whose name is no label makes pods whose hostnames are not what one would think. */
export function nameWarnings({ metadata }: Named, previous?: Named): readonly string[] {
  const faults = previous === undefined ? dns1123Label(metadata?.name ?? '') : [];
  if (faults.length === 0) return [];
  const why = 'this is used in Pod names and hostnames, which can result in surprising behavior';
  return [`metadata.name: ${why}; a DNS label is recommended: [${faults.join(' ')}]`];
}

/** Whether there is anything new to warn of: an update that leaves the spec as it was brings up nothing again. */
export function isNews({ metadata }: Named, previous?: Named): boolean {
  return previous === undefined || metadata?.generation !== previous.metadata?.generation;
}

/** The warnings about a workload that names its pods after itself. */
export function workloadWarnings(workload: Workload, previous?: Workload): readonly string[] {
  if (!isNews(workload, previous)) return [];
  return [...nameWarnings(workload, previous), ...templateWarnings(workload.spec?.template)];
}
