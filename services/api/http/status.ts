import type { Rejection, RejectionDetails } from '@taffrail/machinery/rejection';
import type { HeaderValues } from './exchange.ts';

/** A rejection as the `metav1.Status` clients read. */
export function statusOf(rejection: Rejection): Readonly<Record<string, unknown>> {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    metadata: rejection.continue === undefined ? {} : { continue: rejection.continue },
    status: 'Failure',
    message: rejection.message,
    ...(rejection.reason === '' ? {} : { reason: rejection.reason }),
    ...(rejection.details === undefined ? {} : { details: detailsOf(rejection.details) }),
    code: rejection.code,
  };
}

function detailsOf(details: RejectionDetails): Readonly<Record<string, unknown>> {
  return {
    ...(details.name === undefined || details.name === '' ? {} : { name: details.name }),
    ...(details.group === undefined || details.group === '' ? {} : { group: details.group }),
    ...(details.kind === undefined || details.kind === '' ? {} : { kind: details.kind }),
    ...(details.uid === undefined ? {} : { uid: details.uid }),
    ...(details.causes === undefined
      ? {}
      : { causes: details.causes.map(({ reason, message, field }) => withoutEmpty({ reason, message, field })) }),
    ...(details.retryAfterSeconds === undefined ? {} : { retryAfterSeconds: details.retryAfterSeconds }),
  };
}

function withoutEmpty(cause: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(cause).filter(([, value]) => value !== ''));
}

/** The header that belongs to a rejection beside its body. */
export function statusHeaders(rejection: Rejection): HeaderValues {
  const seconds = rejection.details?.retryAfterSeconds;
  return seconds === undefined ? {} : { 'retry-after': String(seconds) };
}

/** A success without an object: what a completed deletion answers. */
export function deletedStatus(
  details: Required<Pick<RejectionDetails, 'name' | 'group' | 'kind' | 'uid'>>,
): Readonly<Record<string, unknown>> {
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details: detailsOf(details) };
}

/** A success without an object: what a binding and an eviction answer. */
export const CREATED_STATUS: Readonly<Record<string, unknown>> = Object.freeze({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Success',
  code: 201,
});
