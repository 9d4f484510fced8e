import type { FieldError } from '../../field-error.ts';
import { qualifiedName } from '../../syntax/labels.ts';
import { child, invalids, notSupported, type Path } from '../../validation/field.ts';

export const OLDEST_EMULATION = 'OldestEmulationVersion';

/** How a holder is picked among candidates: a name Kubernetes knows, or somebody's own. Faults stand a level deeper than the field. */
export function validateLeaseStrategy(strategy: string, path: Path): readonly FieldError[] {
  const here = child(path, 'strategy');
  if (strategy.includes('/')) return invalids(here, strategy, qualifiedName(strategy));
  return strategy === OLDEST_EMULATION ? [] : [notSupported(here, strategy, [OLDEST_EMULATION])];
}
