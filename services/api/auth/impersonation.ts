import { badRequest, isRejection, type Rejection } from '@taffrail/machinery/rejection';
import { joinedHeaders, type Exchange } from '../http/exchange.ts';
import { accessDenied } from './forbidden.ts';
import type { Attributes, Authorizer } from './authorizer.ts';
import { AUTHENTICATED_GROUP, type User } from './identity.ts';

const USER = 'impersonate-user';
const GROUP = 'impersonate-group';
const UID = 'impersonate-uid';
const EXTRA = 'impersonate-extra-';

/** Whom a request names in its `Impersonate-…` headers. */
interface Named {
  readonly user: string;
  readonly groups: readonly string[];
  readonly uid: string;
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/**
 * Whom a request is made for: its user, or whom its user acts as (`kubectl --as`). Every name, group and attribute must be
 * allowed under the verb `impersonate`; a request that may not act as somebody is refused, never answered as if it had not asked.
 */
export function actingUser(exchange: Exchange, user: User, authorizer: Authorizer): User | Rejection {
  const named = namedIn(exchange);
  if (named === undefined || isRejection(named)) return named ?? user;
  for (const attributes of askedFor(named)) {
    const decision = authorizer.authorize(user, attributes);
    if (!decision.allowed) return accessDenied(user, attributes, decision.why);
  }
  return {
    name: named.user,
    groups: groupsOf(named),
    ...(named.uid === '' ? {} : { uid: named.uid }),
    ...(Object.keys(named.extra).length === 0 ? {} : { extra: named.extra }),
    impersonator: user.name,
  };
}

function namedIn(exchange: Exchange): Named | Rejection | undefined {
  const user = exchange.header(USER) ?? '';
  const groups = listOf(exchange.header(GROUP));
  const uid = exchange.header(UID) ?? '';
  if (user === '' && groups.length === 0 && uid === '' && !hasExtra(exchange)) return undefined;
  if (user === '') return badRequest('requested impersonation without naming a user');
  return { user, groups, uid, extra: extraOf(exchange) };
}

/** Several headers of one name come joined. */
function listOf(header: string | undefined): readonly string[] {
  return header === undefined ? [] : header.split(',').map((one) => one.trim());
}

function hasExtra(exchange: Exchange): boolean {
  return Object.keys(exchange.requestHeaders()).some((name) => name.startsWith(EXTRA));
}

function extraOf(exchange: Exchange): Named['extra'] {
  const entries = Object.entries(joinedHeaders(exchange.requestHeaders())).filter(([name]) => name.startsWith(EXTRA));
  return Object.fromEntries(entries.map(([name, value]) => [decoded(name.slice(EXTRA.length)), listOf(value)]));
}

/** Keys are percent-encoded where a header's name could not hold them; what is no encoding is meant as it stands. */
function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}

const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;

function askedFor({ user, groups, uid, extra }: Named): readonly Attributes[] {
  const asked = (resource: string, name: string, changes: object = {}): Attributes => ({
    type: 'resource',
    verb: 'impersonate',
    group: '',
    resource,
    subresource: '',
    namespace: '',
    name,
    ...changes,
  });
  const account = SERVICE_ACCOUNT.exec(user);
  const authentication = { group: 'authentication.k8s.io' };
  return [
    account === null
      ? asked('users', user)
      : asked('serviceaccounts', account[2] ?? '', { namespace: account[1] ?? '' }),
    ...groups.map((group) => asked('groups', group)),
    ...(uid === '' ? [] : [asked('uids', uid, authentication)]),
    ...Object.entries(extra).flatMap(([key, values]) =>
      values.map((value) => asked('userextras', value, { ...authentication, subresource: key })),
    ),
  ];
}

/** A service account named without groups has its own; whoever is not anonymous is authenticated. */
function groupsOf({ user, groups }: Named): readonly string[] {
  const account = SERVICE_ACCOUNT.exec(user);
  const own =
    account !== null && groups.length === 0
      ? ['system:serviceaccounts', `system:serviceaccounts:${account[1] ?? ''}`]
      : groups;
  const anonymous = user === 'system:anonymous' || own.includes('system:unauthenticated');
  return anonymous || own.includes(AUTHENTICATED_GROUP) ? own : [...own, AUTHENTICATED_GROUP];
}
