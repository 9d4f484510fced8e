import { badRequest, type Rejection } from '@taffrail/machinery/rejection';
import type { ObjectKey } from '@taffrail/resources/object';

/** A key as an opaque token to go on behind. */
export function keyToken({ group, resource, namespace, name }: ObjectKey): string {
  return Buffer.from(JSON.stringify([group, resource, namespace, name])).toString('base64url');
}

/** Reads it back; 400 for what is none. */
export function tokenKey(token: string): (ObjectKey & { readonly rejected?: never }) | Rejection {
  try {
    const parts: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    if (Array.isArray(parts) && parts.length === 4 && parts.every((part) => typeof part === 'string')) {
      const [group, resource, namespace, name] = parts as [string, string, string, string];
      return { group, resource, namespace, name };
    }
  } catch {
    // Not JSON: no token of ours.
  }
  return badRequest('continue is no token of this API');
}
