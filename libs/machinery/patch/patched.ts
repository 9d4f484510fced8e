import type { JsonObject } from '@taffrail/resources/json';
import type { Rejection } from '../rejection.ts';

/** A document after a patch. New where it changed; what did not change is shared with the original. */
export interface Patched {
  readonly rejected?: never;
  readonly document: JsonObject;
}

export type PatchResult = Patched | Rejection;

/**
 * A well-formed patch that cannot be applied to this document: the 422 Kubernetes answers. Its message says nothing, so
 * the reason goes along as a cause, in the form Kubernetes gives to details it has from elsewhere.
 */
export function inapplicable(why: string): Rejection {
  return {
    rejected: true,
    reason: 'Invalid',
    code: 422,
    message: 'the server rejected our request due to an error in our request',
    details: { causes: [{ reason: 'UnexpectedServerResponse', message: why, field: '' }] },
  };
}
