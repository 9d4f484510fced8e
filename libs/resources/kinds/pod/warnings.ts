import type { Pod } from '../../generated/types.ts';
import type { Given } from '../../given.ts';

export function podWarnings(_pod: Given<Pod>): readonly string[] {
  return [];
}

export function templateWarnings(_template: unknown): readonly string[] {
  return [];
}
