import type { FieldError } from '../../field-error.ts';
import type { PodCertificateRequest, PodCertificateRequestStatus } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { validateConditions } from '../../validation/conditions.ts';
import { child, index, invalid, notSupported } from '../../validation/field.ts';
import { invalidWithoutValue } from '../../validation/without-value.ts';
import { equal } from '../strategy.ts';

const VERDICTS: readonly string[] = ['Issued', 'Denied', 'Failed'];
const ONE_VERDICT = 'There may be at most one condition with type "Issued", "Denied", or "Failed"';

/** Who signs says once what became of a request, and never again. */
export function validateVerdict(
  next: Given<PodCertificateRequest>,
  previous: Given<PodCertificateRequest>,
): readonly FieldError[] {
  const [now, before] = [next.status ?? {}, previous.status ?? {}];
  const conditions = now.conditions ?? [];
  const errors = [...validateTypes(now), ...validateConditions(conditions, 'status.conditions')];
  if (errors.length > 0) return errors;
  const isSame = equal(now, before);
  if (VERDICTS.some((verdict) => holds(before, verdict))) {
    return isSame
      ? []
      : [invalidWithoutValue('status', 'immutable after PodCertificateRequest is issued, denied, or failed')];
  }
  if (holds(now, 'Denied') || holds(now, 'Failed')) {
    const detail = 'non-condition status fields must be empty when denying or failing the PodCertificateRequest';
    return equal(now, { conditions }) ? [] : [invalidWithoutValue('status', detail)];
  }
  if (holds(now, 'Issued') || isSame) return [];
  const detail = 'status is immutable unless transitioning to "Issued", "Denied", or "Failed"';
  return [invalidWithoutValue('status', detail)];
}

function holds({ conditions = [] }: Given<PodCertificateRequestStatus>, type: string): boolean {
  return conditions.some((one) => one.type === type && one.status === 'True');
}

function validateTypes({ conditions = [] }: Given<PodCertificateRequestStatus>): readonly FieldError[] {
  let verdicts = 0;
  return conditions.flatMap(({ type = '', status = '' }, at) => {
    const path = index('status.conditions', at);
    if (!VERDICTS.includes(type)) return [notSupported(child(path, 'type'), type, VERDICTS)];
    verdicts += 1;
    return [
      ...(verdicts > 1 ? [invalid(child(path, 'type'), type, ONE_VERDICT)] : []),
      ...(status === 'True' ? [] : [notSupported(child(path, 'status'), status, ['True'])]),
    ];
  });
}
