import type { PodSpec } from '../generated/types.ts';
import type { Given } from '../given.ts';

/** Names of a template's containers, as a cell. */
export function containerNames(spec: Given<PodSpec> | undefined): string {
  return (spec?.containers ?? []).map((container) => container.name ?? '').join(',');
}

/** Images of a template's containers, as a cell. */
export function containerImages(spec: Given<PodSpec> | undefined): string {
  return (spec?.containers ?? []).map((container) => container.image ?? '').join(',');
}
