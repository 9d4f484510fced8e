import type { Totals } from '@taffrail/resources/kinds/pod/totals';
import { formatQuantity, type Quantity } from '@taffrail/resources/syntax/quantity';

/** What a container or a pod asks for. */
export interface Amounts {
  readonly requests: Totals;
  readonly limits: Totals;
}

/** What is wrong with an amount that has to be at least `bound`; undefined when nothing is. */
export function minimumFault(type: string, name: string, bound: Quantity, amounts: Amounts): string | undefined {
  const start = `minimum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  const request = amounts.requests[name];
  const limit = amounts.limits[name];
  if (request === undefined) return `${start}.  No request is specified`;
  if (request.nanos < bound.nanos) return `${start}, but request is ${formatQuantity(request)}`;
  return limit !== undefined && limit.nanos < bound.nanos
    ? `${start}, but limit is ${formatQuantity(limit)}`
    : undefined;
}

/** The same of one that may be at most `bound`. `word` is what has to be set. */
export function maximumFault(
  type: string,
  name: string,
  bound: Quantity,
  amounts: Amounts,
  word: 'limit' | 'request' = 'limit',
): string | undefined {
  const start = `maximum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  const request = amounts.requests[name];
  const limit = amounts.limits[name];
  if (limit === undefined) return `${start}.  No ${word} is specified`;
  if (limit.nanos > bound.nanos) return `${start}, but ${word} is ${formatQuantity(limit)}`;
  return request !== undefined && request.nanos > bound.nanos
    ? `${start}, but request is ${formatQuantity(request)}`
    : undefined;
}

/** The same of a limit that may be at most `bound` times the request. */
export function ratioFault(type: string, name: string, bound: Quantity, amounts: Amounts): string | undefined {
  const start = `${name} max limit to request ratio per ${type} is ${formatQuantity(bound)}`;
  const request = amounts.requests[name]?.nanos ?? 0n;
  const limit = amounts.limits[name]?.nanos ?? 0n;
  if (request === 0n) return `${start}, but no request is specified or request is 0`;
  if (limit === 0n) return `${start}, but no limit is specified or limit is 0`;
  if (limit * NANOS_PER_UNIT <= bound.nanos * request) return undefined;
  return `${start}, but provided ratio is ${(Number(limit) / Number(request)).toFixed(RATIO_DIGITS)}`;
}

const NANOS_PER_UNIT = 1_000_000_000n;
const RATIO_DIGITS = 6;
