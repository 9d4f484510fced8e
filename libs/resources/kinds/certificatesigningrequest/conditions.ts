import type { FieldError } from '../../field-error.ts';
import type { CertificateSigningRequest, CertificateSigningRequestCondition } from '../../generated/types.ts';
import type { Draft, Given } from '../../given.ts';
import { duplicate, forbidden, index, invalid, notSupported, required } from '../../validation/field.ts';
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
    const [now, before] = [ofType(next, type), ofType(previous, type)];
    const quoted = JSON.stringify(type);
    if (now.length < before.length) {
      errors.push(forbidden(CONDITIONS, `updates may not remove a condition of type ${quoted}`));
    } else if (subresource !== 'approval' && VERDICTS.includes(type)) {
      if (now.length > before.length) {
        errors.push(forbidden(CONDITIONS, `updates may not add a condition of type ${quoted}`));
      } else if (!equal(now, before)) {
        errors.push(forbidden(CONDITIONS, `updates may not modify a condition of type ${quoted}`));
      }
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
      errors.push(invalid(`${path}.type`, type, 'Approved and Denied conditions are mutually exclusive'));
    }
    if (seen.has(type)) errors.push(duplicate(`${path}.type`, type));
    seen.add(type);
  }
  return errors;
}

function certificateFaults(next: string, previous: string): readonly FieldError[] {
  if (next === previous) return [];
  if (previous !== '') return [forbidden(CERTIFICATE, 'updates may not modify existing certificate content')];
  const text = Buffer.from(next, 'base64').toString('latin1');
  const blocks = [...text.matchAll(/-----BEGIN ([^-]+)-----[\s\S]+?-----END \1-----/g)].map((match) => match[1] ?? '');
  const shown = { goSyntax: '"<certificate data>"' };
  if (blocks.length === 0) return [invalid(CERTIFICATE, shown, 'must contain one or more PEM blocks')];
  const other = blocks.find((type) => type !== 'CERTIFICATE');
  if (other === undefined) return [];
  return [invalid(CERTIFICATE, shown, `only CERTIFICATE PEM blocks are allowed, found ${JSON.stringify(other)}`)];
}
