import { parseRevision, type Revision } from '@taffrail/platform/brand';
import { badRequest, type Rejection } from '@taffrail/machinery/rejection';

/** Where a paged list goes on: after a key, in the state at a revision. */
export interface ContinueToken {
  readonly revision: Revision;
  readonly namespace: string;
  readonly name: string;
}

/** The token as clients carry it: opaque, URL-safe. */
export function encodeContinue(token: ContinueToken): string {
  const text = JSON.stringify({ v: 1, rv: String(token.revision), ns: token.namespace, name: token.name });
  return Buffer.from(text).toString('base64url');
}

/** Reads a token; 400 for anything that is not one of ours. */
export function decodeContinue(text: string): ContinueToken | Rejection {
  const token = parsed(text);
  return token ?? badRequest('continue key is not valid: json: not a token of this server');
}

function parsed(text: string): ContinueToken | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { v, rv, ns, name } = value as Readonly<Record<string, unknown>>;
  if (v !== 1 || typeof rv !== 'string' || typeof ns !== 'string' || typeof name !== 'string') return undefined;
  const revision = parseRevision(rv);
  return revision === undefined || revision === 0 ? undefined : { revision, namespace: ns, name };
}
