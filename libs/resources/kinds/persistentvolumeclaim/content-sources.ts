import type { PersistentVolumeClaimSpec } from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';

/** What the older field can name; it never could name anything else, and drops it silently. */
const OLD_SOURCES: readonly string[] = ['/PersistentVolumeClaim', 'snapshot.storage.k8s.io/VolumeSnapshot'];

/** Shows one source of a claim's content in both of its fields, whichever of them its author used. */
export function alignContentSources(
  spec: Draft<PersistentVolumeClaimSpec>,
  previous: Given<PersistentVolumeClaimSpec> | undefined,
): void {
  const { dataSource } = spec;
  const isInUse = previous?.dataSource !== undefined || previous?.dataSourceRef !== undefined;
  const identity = `${dataSource?.apiGroup ?? ''}/${dataSource?.kind ?? ''}`;
  if (dataSource !== undefined && !isInUse && !OLD_SOURCES.includes(identity)) delete spec.dataSource;
  const reference = spec.dataSourceRef;
  if (spec.dataSource !== undefined && reference === undefined) {
    spec.dataSourceRef = { ...spec.dataSource };
  } else if (spec.dataSource === undefined && reference !== undefined && (reference.namespace ?? '') === '') {
    const { namespace: _, ...source } = reference;
    spec.dataSource = source;
  }
}
