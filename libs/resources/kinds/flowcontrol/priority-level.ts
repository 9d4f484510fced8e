import type { FieldError } from '../../field-error.ts';
import type {
  LimitedPriorityLevelConfiguration,
  LimitResponse,
  PriorityLevelConfiguration,
  QueuingConfiguration,
} from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { child, forbidden, invalid, notSupported, type Path, required } from '../../validation/field.ts';

const EXEMPT = 'exempt';
const MAXIMUM_QUEUES = 10_000_000;
/** A flow's hand of queues is dealt from so many bits of a hash. */
const HASH_BITS = 60;
/** Says in an older version what this one says with a number; it stays with that version. */
const OLD_ZERO_SHARES = 'flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares';

export function validatePriorityLevel({ metadata, spec = {} }: Given<PriorityLevelConfiguration>): FieldError[] {
  const { type = '', limited, exempt } = spec;
  const errors: FieldError[] = [];
  if (metadata?.annotations?.[OLD_ZERO_SHARES] !== undefined) {
    errors.push(forbidden('metadata.annotations', `annotation '${OLD_ZERO_SHARES}' is forbidden`));
  }
  if ((metadata?.name === EXEMPT) !== (type === 'Exempt')) {
    errors.push(invalid('spec.type', type, "must be 'Exempt' if and only if `name` is 'exempt'"));
  }
  if (type === 'Exempt') {
    if (limited !== undefined) errors.push(forbidden('spec.limited', 'must be nil if the type is not Limited'));
    return [
      ...errors,
      ...validateShares(exempt?.nominalConcurrencyShares, 'spec.exempt'),
      ...validateLendable(exempt?.lendablePercent, 'spec.exempt'),
    ];
  }
  if (type !== 'Limited') return [...errors, notSupported('spec.type', type, ['Exempt', 'Limited'])];
  if (exempt !== undefined) errors.push(forbidden('spec.exempt', 'must be nil if the type is Limited'));
  if (limited === undefined) {
    return [...errors, required('spec.limited', 'must not be empty when type is Limited')];
  }
  return [...errors, ...validateLimited(limited, 'spec.limited')];
}

function validateShares(shares: number | undefined, path: Path): readonly FieldError[] {
  if ((shares ?? 0) >= 0) return [];
  return [invalid(child(path, 'nominalConcurrencyShares'), shares, 'must be a non-negative integer')];
}

function validateLendable(percent: number | undefined, path: Path): readonly FieldError[] {
  if (percent === undefined || (percent >= 0 && percent <= 100)) return [];
  return [invalid(child(path, 'lendablePercent'), percent, 'must be between 0 and 100, inclusive')];
}

function validateLimited(limited: Given<LimitedPriorityLevelConfiguration>, path: Path): readonly FieldError[] {
  const { borrowingLimitPercent: borrowed } = limited;
  const detail = 'if specified, must be a non-negative integer';
  return [
    ...validateShares(limited.nominalConcurrencyShares, path),
    ...validateResponse(limited.limitResponse ?? {}, child(path, 'limitResponse')),
    ...validateLendable(limited.lendablePercent, path),
    ...(borrowed !== undefined && borrowed < 0
      ? [invalid(child(path, 'borrowingLimitPercent'), borrowed, detail)]
      : []),
  ];
}

function validateResponse({ type = '', queuing }: Given<LimitResponse>, path: Path): readonly FieldError[] {
  const here = child(path, 'queuing');
  switch (type) {
    case 'Reject':
      return queuing === undefined ? [] : [forbidden(here, 'must be nil if limited.limitResponse.type is not Limited')];
    case 'Queue':
      return queuing === undefined
        ? [required(here, 'must not be empty if limited.limitResponse.type is Limited')]
        : validateQueuing(queuing, here);
    default:
      return [notSupported(child(path, 'type'), type, ['Queue', 'Reject'])];
  }
}

function validateQueuing(queuing: Given<QueuingConfiguration>, path: Path): readonly FieldError[] {
  const { queueLengthLimit = 0, queues = 0, handSize = 0 } = queuing;
  const [queuesPath, handPath] = [child(path, 'queues'), child(path, 'handSize')];
  const errors: FieldError[] = [];
  if (queueLengthLimit <= 0)
    errors.push(invalid(child(path, 'queueLengthLimit'), queueLengthLimit, 'must be positive'));
  if (queues <= 0) errors.push(invalid(queuesPath, queues, 'must be positive'));
  else if (queues > MAXIMUM_QUEUES) {
    errors.push(invalid(queuesPath, queues, `must not be greater than ${MAXIMUM_QUEUES}`));
  }
  if (handSize <= 0) errors.push(invalid(handPath, handSize, 'must be positive'));
  else if (handSize > queues) {
    errors.push(invalid(handPath, handSize, `should not be greater than queues (${queues})`));
  } else if (Math.ceil(Math.log2(queues) * handSize) > HASH_BITS) {
    const detail = `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${HASH_BITS}`;
    errors.push(invalid(handPath, handSize, detail));
  }
  return errors;
}
