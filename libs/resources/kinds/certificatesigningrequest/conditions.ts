import type { FieldError } from '../../field-error.ts';
import type { CertificateSigningRequest, CertificateSigningRequestCondition } from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';
import { pemBlocks } from '../../syntax/pem.ts';
import { duplicate, forbidden, index, invalid, notSupported, required } from '../../validation/field.ts';
import { quoted } from '../../validation/go-syntax.ts';
import { equal } from '../strategy.ts';

const CONDITIONS = 'status.conditions';
const CERTIFICATE = 'status.certificate';
/** Who decided: only `approval` says that. */
const VERDICTS: readonly string[] = ['Approved', 'Denied'];
/** What never becomes untrue again. */
const LASTING: readonly string[] = [...VERDICTS, 'Failed'];
const STATUSES: readonly string[] = ['True', 'False', 'Unknown'];

type Request = Given<CertificateSigningRequest>;
type Condition = Given<CertificateSigningRequestCondition>;

/** `approval` changes conditions and nothing else of a status; `status` leaves verdicts as they are. In place. */
export function keepOthersPart(
  next: Draft<CertificateSigningRequest>,
  previous: Request,
  subresource: 'approval' | 'status',
): void {
  const status = (next.status ??= {});
  if (subresource === 'approval') {
    const { conditions } = status;
    next.status = { ...(structuredClone(previous.status ?? {}) as Draft<typeof status>), conditions };
    return;
  }
  for (const type of VERDICTS) {
    const [now, before] = [ofType(next, type), ofType(previous, type)];
    if (now.length !== before.length) continue;
    for (const [at, condition] of now.entries()) {
      const kept = structuredClone(before[at]) as Draft<CertificateSigningRequestCondition>;
      const place = (status.conditions ?? []).indexOf(condition);
      if (status.conditions !== undefined && place !== -1) status.conditions[place] = kept;
    }
  }
}

/** What may become of a request's status through a subresource. */
export function validateVerdicts(next: Request, previous: Request, subresource: string): readonly FieldError[] {
  const errors = [...conditionFaults(next)];
  for (const type of LASTING) {
    if (ofType(next, type).length >= ofType(previous, type).length) continue;
    errors.push(forbidden(CONDITIONS, `updates may not remove a condition of type ${quoted(type)}`));
  }
  for (const type of subresource === 'approval' ? [] : VERDICTS) {
    const [now, before] = [ofType(next, type), ofType(previous, type)];
    if (now.length > before.length) {
      errors.push(forbidden(CONDITIONS, `updates may not add a condition of type ${quoted(type)}`));
    } else if (now.length === before.length && !equal(now, before)) {
      errors.push(forbidden(CONDITIONS, `updates may not modify a condition of type ${quoted(type)}`));
    }
  }
  return [...errors, ...certificateFaults(next.status?.certificate ?? '', previous.status?.certificate ?? '')];
}

function ofType({ status }: Request, type: string): readonly Condition[] {
  return (status?.conditions ?? []).filter((condition) => condition.type === type);
}

function conditionFaults({ status }: Request): readonly FieldError[] {
  const errors: FieldError[] = [];
  const seen = new Set<string>();
  for (const [at, { type = '', status: state = '' }] of (status?.conditions ?? []).entries()) {
    const path = index(CONDITIONS, at);
    if (type === '') errors.push(required(`${path}.type`));
    const allowed = LASTING.includes(type) ? ['True'] : STATUSES;
    if (state === '') errors.push(required(`${path}.status`));
    else if (!allowed.includes(state)) errors.push(notSupported(`${path}.status`, state, allowed));
    if (VERDICTS.includes(type) && VERDICTS.some((other) => other !== type && seen.has(other))) {
      errors.push(invalid(CONDITIONS, type, 'Approved and Denied conditions are mutually exclusive'));
    }
    if (seen.has(type)) errors.push(duplicate(`${path}.type`, type));
    seen.add(type);
  }
  return errors;
}

function certificateFaults(next: string, previous: string): readonly FieldError[] {
  if (next === previous) return [];
  if (previous !== '') return [forbidden(CERTIFICATE, 'updates may not modify existing certificate content')];
  const fault = certificateFault(Buffer.from(next, 'base64').toString('latin1'));
  // Nobody wants to read it.
  return fault === undefined ? [] : [invalid(CERTIFICATE, '<certificate data>', fault)];
}

function certificateFault(text: string): string | undefined {
  const blocks = pemBlocks(text);
  for (const { kind, hasHeaders } of blocks) {
    if (kind !== 'CERTIFICATE') return `only CERTIFICATE PEM blocks are allowed, found ${quoted(kind)}`;
    if (hasHeaders) return 'no PEM block headers are permitted';
  }
  return blocks.length === 0 ? 'must contain at least one CERTIFICATE PEM block' : undefined;
}
