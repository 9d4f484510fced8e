import type { Taint, Toleration } from '@taffrail/resources/generated/types';

/** Whether one toleration matches one taint. An empty key with Exists matches all, an empty effect every effect. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if ((toleration.effect ?? '') !== '' && toleration.effect !== taint.effect) return false;
  if ((toleration.key ?? '') !== '' && toleration.key !== taint.key) return false;
  if (toleration.operator === 'Exists') return true;
  if ((toleration.key ?? '') === '') return false;
  return (toleration.value ?? '') === (taint.value ?? '');
}
