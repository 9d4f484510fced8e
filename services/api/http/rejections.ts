import type { Rejection } from '@taffrail/machinery/rejection';
import type { FieldError } from '@taffrail/resources/field-error';
import { badRequest, invalid } from '@taffrail/machinery/rejection';

/** Refusals only the HTTP edge makes; details are empty, not absent, where Kubernetes answers so. */

export const UNAUTHORIZED: Rejection = Object.freeze({
  rejected: true,
  reason: 'Unauthorized',
  code: 401,
  message: 'Unauthorized',
});

export const UNKNOWN_RESOURCE: Rejection = Object.freeze({
  rejected: true,
  reason: 'NotFound',
  code: 404,
  message: 'the server could not find the requested resource',
  details: {},
});

export const METHOD_NOT_ALLOWED: Rejection = Object.freeze({
  rejected: true,
  reason: 'MethodNotAllowed',
  code: 405,
  message: 'the server does not allow this method on the requested resource',
  details: {},
});

/** Something Kubernetes has and this server has not yet: its caller is told, not misled. */
export function notImplemented(message: string): Rejection {
  return { rejected: true, reason: '', code: 501, message };
}

/** A failure of ours that is not the client's fault and says nothing about our inside. */
export function internalError(message: string): Rejection {
  return {
    rejected: true,
    reason: 'InternalError',
    code: 500,
    message: `Internal error occurred: ${message}`,
    details: { causes: [{ reason: '', message, field: '' }] },
  };
}

/** Something we depend on is away; the client may try again. */
export function unavailable(message: string, retryAfterSeconds = 1): Rejection {
  return { rejected: true, reason: 'ServiceUnavailable', code: 503, message, details: { retryAfterSeconds } };
}

/** The caller asked for a revision that memory no longer holds and nothing else can serve. */
export function expired(message: string): Rejection {
  return { rejected: true, reason: 'Expired', code: 410, message };
}

/** The same of a page, with a token by which the list goes on all the same, in another state. */
export function inconsistentlyExpired(token: string): Rejection {
  const message =
    'The provided continue parameter is too old to display a consistent list result. You can start a new list without ' +
    'the continue parameter, or use the continue token in this response to retrieve the remainder of the results. ' +
    'Continuing with the provided token results in an inconsistent list - objects that were created, modified, or ' +
    'deleted between the time the first chunk was returned and now may show up in the list.';
  return { ...expired(message), continue: token };
}

/** The caller named a revision the log has not reached. */
export function revisionTooLarge(asked: number, current: number): Rejection {
  return {
    rejected: true,
    reason: 'Timeout',
    code: 504,
    message: `Timeout: Too large resource version: ${asked}, current: ${current}`,
    details: {
      causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version', field: '' }],
      retryAfterSeconds: 1,
    },
  };
}

/** Query options that break a rule: a 422 of their own kind (`ListOptions`, `CreateOptions`, …). */
export function invalidOptions(kind: string, errors: readonly FieldError[]): Rejection {
  return invalid({ group: 'meta.k8s.io', kind, name: '' }, errors);
}

/** Kubernetes answers an unreadable resourceVersion of a read with a 500 that has no reason. */
export function internalRevision(text: string): Rejection {
  return {
    rejected: true,
    reason: '',
    code: 500,
    message: `resourceVersion: Invalid value: ${quoted(text)}: strconv.ParseUint: parsing ${quoted(text)}: invalid syntax`,
  };
}

/** A query parameter that should be an integer and is none, in the words Kubernetes clients know. */
export function notAnInteger(text: string): Rejection {
  return badRequest(`strconv.ParseInt: parsing ${quoted(text)}: invalid syntax`);
}

function quoted(text: string): string {
  return JSON.stringify(text);
}
