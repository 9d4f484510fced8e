import { isRejection, type Rejection } from '@taffrail/machinery/rejection';
import { allResources } from '@taffrail/resources/registry';
import { accessDenied } from '../auth/forbidden.ts';
import type { Attributes, Authorizer } from '../auth/authorizer.ts';
import type { User } from '../auth/identity.ts';
import type { PathRequest } from '../http/parsed-request.ts';
import { METHOD_NOT_ALLOWED, UNKNOWN_RESOURCE } from '../http/rejections.ts';
import type { ApiContext } from './context.ts';
import { pastScope } from './past-path.ts';

/** What requests about the past are answered with. */
export interface PastTools {
  readonly context: ApiContext;
  readonly authorizer: Authorizer;
}

/** What a request about the past covers: one object, or everything its absent members leave open. */
export interface PastScope {
  readonly group?: string;
  readonly resource?: string;
  /** '' is cluster scope. */
  readonly namespace?: string;
  readonly name?: string;
}

/** Of which resources a user may read the past, in the namespace that was asked about. */
export interface PastAccess {
  readonly rejected?: never;
  /** As `group/resource`; absent: of all. */
  readonly resources?: readonly string[];
}

/** What a question about the past covers, and of which of it the asking user may read the past; else why it is refused. */
export function askedScope(
  authorizer: Authorizer,
  user: User,
  request: PathRequest,
): { readonly rejected?: never; readonly scope: PastScope; readonly access: PastAccess } | Rejection {
  if (request.verb !== 'get') return METHOD_NOT_ALLOWED;
  const scope = pastScope(request.segments);
  if (scope === undefined) return UNKNOWN_RESOURCE;
  const access = pastAccess(authorizer, user, scope);
  return isRejection(access) ? access : { scope, access };
}

/**
 * Whether a user may read the past of a scope today: whoever may get an object may read its history, and a collection's
 * whoever may list it. Of a scope of several resources those are shown that the user may list; 403 when there is none.
 */
export function pastAccess(authorizer: Authorizer, user: User, scope: PastScope): PastAccess | Rejection {
  const { group, resource, name, namespace = '' } = scope;
  if (group !== undefined && resource !== undefined) {
    const asked = attributes(name === undefined ? 'list' : 'get', { group, resource, namespace, name: name ?? '' });
    return denied(authorizer, user, asked) ?? {};
  }
  const everything = attributes('list', { group: '*', resource: '*', namespace, name: '' });
  const refusal = denied(authorizer, user, everything);
  if (refusal === undefined) return {};
  const resources = new Set(
    allResources()
      .filter((one) => denied(authorizer, user, attributes('list', { ...one, namespace, name: '' })) === undefined)
      .map((one) => `${one.group}/${one.resource}`),
  );
  return resources.size === 0 ? refusal : { resources: [...resources] };
}

/** Whether a user may read the past of one object. */
export function mayRead(
  authorizer: Authorizer,
  user: User,
  about: { readonly group: string; readonly resource: string; readonly namespace: string; readonly name: string },
): boolean {
  return denied(authorizer, user, attributes('get', about)) === undefined;
}

function denied(authorizer: Authorizer, user: User, asked: Attributes): Rejection | undefined {
  const decision = authorizer.authorize(user, asked);
  return decision.allowed ? undefined : accessDenied(user, asked, decision.why);
}

function attributes(
  verb: 'get' | 'list',
  { group, resource, namespace, name }: Required<PastScope>,
): Extract<Attributes, { type: 'resource' }> {
  // As in Kubernetes, a namespace lies in itself.
  const within = group === '' && resource === 'namespaces' && name !== '' ? name : namespace;
  return { type: 'resource', verb, group, resource, subresource: '', namespace: within, name };
}
