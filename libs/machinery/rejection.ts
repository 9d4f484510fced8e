import type { FieldError } from '@taffrail/resources/field-error';

/** Reasons of `metav1.Status`, as Kubernetes spells them. */
export type StatusReason =
  | 'BadRequest'
  | 'Unauthorized'
  | 'Forbidden'
  | 'NotFound'
  | 'AlreadyExists'
  | 'Conflict'
  | 'Gone'
  | 'Expired'
  | 'Invalid'
  | 'MethodNotAllowed'
  | 'NotAcceptable'
  | 'UnsupportedMediaType'
  | 'RequestEntityTooLarge'
  | 'TooManyRequests'
  | 'InternalError'
  | 'ServerTimeout'
  | 'Timeout'
  | 'ServiceUnavailable';

/** A request that was understood and refused: a value, never thrown by pure code. Becomes a `metav1.Status` at the API edge. */
export interface Rejection {
  readonly rejected: true;
  /** '' where Kubernetes leaves the reason out. */
  readonly reason: StatusReason | '';
  /** HTTP status. */
  readonly code: number;
  readonly message: string;
  readonly details?: RejectionDetails;
  /** A token by which a list goes on that cannot go on as it began. */
  readonly continue?: string;
}

export interface RejectionDetails {
  readonly name?: string;
  readonly group?: string;
  /** The kind or the plural resource, whichever Kubernetes puts there. */
  readonly kind?: string;
  readonly uid?: string;
  readonly causes?: readonly RejectionCause[];
  readonly retryAfterSeconds?: number;
}

export interface RejectionCause {
  readonly reason: string;
  readonly message: string;
  readonly field: string;
}

/** Whether a value is a rejection. */
export function isRejection(value: unknown): value is Rejection {
  return typeof value === 'object' && value !== null && (value as { rejected?: unknown }).rejected === true;
}

/** Carries a rejection through code that cannot return it (streams, HTTP handlers); caught only at the API edge. */
export class RejectedRequest extends Error {
  override readonly name = 'RejectedRequest';
  readonly rejection: Rejection;
  constructor(rejection: Rejection) {
    super(rejection.message);
    this.rejection = rejection;
  }
}

/** Where a rejected request was aimed. */
export interface RejectionTarget {
  readonly group: string;
  readonly resource: string;
  readonly name: string;
}

/** `configmaps`, or `deployments.apps` outside the core group. */
export function qualifiedResource(target: Pick<RejectionTarget, 'group' | 'resource'>): string {
  return target.group === '' ? target.resource : `${target.resource}.${target.group}`;
}

function targetDetails(target: RejectionTarget): RejectionDetails {
  return { name: target.name, ...(target.group === '' ? {} : { group: target.group }), kind: target.resource };
}

export function notFound(target: RejectionTarget): Rejection {
  return {
    rejected: true,
    reason: 'NotFound',
    code: 404,
    message: `${qualifiedResource(target)} "${target.name}" not found`,
    details: targetDetails(target),
  };
}

export function alreadyExists(target: RejectionTarget): Rejection {
  return {
    rejected: true,
    reason: 'AlreadyExists',
    code: 409,
    message: `${qualifiedResource(target)} "${target.name}" already exists`,
    details: targetDetails(target),
  };
}

export function conflict(target: RejectionTarget, why: string): Rejection {
  return {
    rejected: true,
    reason: 'Conflict',
    code: 409,
    message: `Operation cannot be fulfilled on ${qualifiedResource(target)} "${target.name}": ${why}`,
    details: targetDetails(target),
  };
}

/** The text of a conflict on resourceVersion. */
export const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again';

export function forbidden(target: RejectionTarget, why: string, causes?: readonly RejectionCause[]): Rejection {
  const name = target.name === '' ? '' : ` "${target.name}"`;
  return {
    rejected: true,
    reason: 'Forbidden',
    code: 403,
    message: `${qualifiedResource(target)}${name} is forbidden: ${why}`,
    details: { ...targetDetails(target), ...(causes === undefined ? {} : { causes }) },
  };
}

export function badRequest(message: string): Rejection {
  return { rejected: true, reason: 'BadRequest', code: 400, message };
}

/** A request that is larger than it may be. */
export function requestEntityTooLarge(why: string): Rejection {
  return {
    rejected: true,
    reason: 'RequestEntityTooLarge',
    code: 413,
    message: `Request entity too large: ${why}`,
  };
}

/** A 422 with a cause for each field. `kind` is the Kind, as Kubernetes puts it there. */
export function invalid(
  target: { readonly group: string; readonly kind: string; readonly name: string },
  errors: readonly FieldError[],
): Rejection {
  const kind = target.group === '' ? target.kind : `${target.kind}.${target.group}`;
  // What stands among the causes twice is said once.
  const texts = [...new Set(errors.map((error) => `${error.field}: ${error.message}`))];
  const list = texts.length === 1 ? (texts[0] ?? '') : `[${texts.join(', ')}]`;
  return {
    rejected: true,
    reason: 'Invalid',
    code: 422,
    message: `${kind} "${target.name}" is invalid: ${list}`,
    details: {
      ...(target.name === '' ? {} : { name: target.name }),
      ...(target.group === '' ? {} : { group: target.group }),
      ...(target.kind === '' ? {} : { kind: target.kind }),
      causes: errors.map((error) => ({ reason: error.type, message: error.message, field: error.field })),
    },
  };
}
