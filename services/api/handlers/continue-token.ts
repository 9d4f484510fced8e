import { parseRevision, type Revision } from '@taffrail/platform/brand';
import { parseJsonBody } from '@taffrail/machinery/decode/parse-json';
import { badRequest, type Rejection } from '@taffrail/machinery/rejection';
import { isJsonObject } from '@taffrail/resources/json';
import { inconsistentlyExpired } from '../http/rejections.ts';

/** Where a paged list goes on: after a key, in the state at a revision. */
export interface ContinueToken {
  /** `newest` for a list that goes on though the state it began with cannot be told any more. */
  readonly revision: Revision | 'newest';
  readonly namespace: string;
  readonly name: string;
}

const VERSION = 'taffrail.dev/v1';
/** What stands for the newest state, as in Kubernetes. */
const NEWEST = -1;

/** The token as clients carry it: opaque, URL-safe. */
export function encodeContinue({ revision, namespace, name }: ContinueToken): string {
  const text = JSON.stringify({ v: VERSION, rv: revision === 'newest' ? NEWEST : revision, ns: namespace, name });
  return Buffer.from(text).toString('base64url');
}

/** Reads a token; 400 for anything that is not one of ours. */
export function decodeContinue(text: string): ContinueToken | Rejection {
  const illegal = illegalByte(text);
  if (illegal !== undefined) return invalidToken(`illegal base64 data at input byte ${illegal}`);
  const read = parseJsonBody(Buffer.from(text, 'base64url'));
  if (read.fault !== undefined) return invalidToken(read.fault);
  const { v, rv, ns, name } = isJsonObject(read.value) ? read.value : {};
  if (v !== VERSION) {
    return invalidToken(`server does not recognize this encoded version ${typeof v === 'string' ? v : ''}`);
  }
  const revision = rv === NEWEST ? 'newest' : typeof rv === 'number' ? parseRevision(String(rv)) : undefined;
  if (revision === undefined || revision === 0) {
    return invalidToken(`incorrect encoded start resourceVersion (version ${VERSION})`);
  }
  if (typeof ns !== 'string' || typeof name !== 'string' || name === '') {
    return invalidToken(`encoded start key empty (version ${VERSION})`);
  }
  return { revision, namespace: ns, name };
}

/** 410 for a page of a state that cannot be told any more, with a token to go on in the newest one. */
export function expiredPage({ namespace, name }: ContinueToken): Rejection {
  return inconsistentlyExpired(encodeContinue({ revision: 'newest', namespace, name }));
}

function invalidToken(why: string): Rejection {
  return badRequest(`invalid continue token: continue key is not valid: ${why}`);
}

/** Index of what cannot be URL-safe base64 without padding: a character, or the last one where one more is missing. */
function illegalByte(text: string): number | undefined {
  const at = text.search(/[^\w-]/);
  if (at >= 0) return Buffer.byteLength(text.slice(0, at));
  return text.length % 4 === 1 ? text.length - 1 : undefined;
}
