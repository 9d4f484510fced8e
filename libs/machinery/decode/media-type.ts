import type { Rejection } from '../rejection.ts';

/** The type of a Content-Type or Accept value without its parameters, in lower case; '' for none. */
export function mediaTypeOf(header: string | undefined): string {
  return (header ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** A body in a format the request does not take (415). */
export function unsupportedMediaType(accepted: readonly string[]): Rejection {
  return {
    rejected: true,
    reason: 'UnsupportedMediaType',
    code: 415,
    message: `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  };
}

export const OBJECT_MEDIA_TYPES = [
  'application/json',
  'application/yaml',
  'application/vnd.kubernetes.protobuf',
] as const;
