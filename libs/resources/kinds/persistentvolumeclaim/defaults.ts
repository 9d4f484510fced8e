import type { PersistentVolumeClaim } from '../../generated/types.ts';
import type { Draft } from '../../given.ts';
import { nullTimes } from '../null-times.ts';
import { canonicalQuantities } from '../quantities.ts';

/** Defaults of a claim, on its own or as a template. */
export function defaultPersistentVolumeClaim(claim: Draft<PersistentVolumeClaim>): void {
  const status = (claim.status ??= {});
  if ((status.phase ?? '') === '') status.phase = 'Pending';
  canonicalQuantities(status.capacity);
  nullTimes(status.conditions, 'lastProbeTime', 'lastTransitionTime');
  const spec = (claim.spec ??= {});
  spec.volumeMode ??= 'Filesystem';
  spec.resources ??= {};
  canonicalQuantities(spec.resources.requests);
  canonicalQuantities(spec.resources.limits);
}
