import type { PersistentVolumeClaim } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { parseQuantity } from '../../syntax/quantity.ts';
import { quoted } from '../../validation/go-syntax.ts';
import { classWarnings } from '../persistentvolume/warnings.ts';

const NANOS = 1_000_000_000n;

/** An older way to name a class, and sizes that are no whole number of bytes. */
export function claimWarnings({ metadata, spec = {} }: Given<PersistentVolumeClaim>): readonly string[] {
  const sizes = (['requests', 'limits'] as const).flatMap((list) => {
    const text = spec.resources?.[list]?.['storage'] ?? '0';
    if ((parseQuantity(text)?.nanos ?? 0n) % NANOS === 0n) return [];
    return [`spec.resources.${list}[storage]: fractional byte value ${quoted(text)} is invalid, must be an integer`];
  });
  return [...classWarnings(metadata), ...sizes];
}
