/** A user as the connection proves it, or as one who may acts as it. */
export interface User {
  readonly name: string;
  readonly groups: readonly string[];
  readonly uid?: string;
  readonly extra?: Readonly<Record<string, readonly string[]>>;
  /** Who it is that acts as this user. */
  readonly impersonator?: string;
}

/** What is known of the other end of a connection. */
export type Identity =
  | { readonly type: 'user'; readonly user: User }
  /** No credentials were shown. */
  | { readonly type: 'anonymous' }
  /** Credentials were shown that do not hold; `why` is for the log, never for the client. */
  | { readonly type: 'invalid'; readonly why: string };

/** The group every user with a valid certificate belongs to, as in Kubernetes. */
export const AUTHENTICATED_GROUP = 'system:authenticated';
export const MASTERS_GROUP = 'system:masters';
export const NODES_GROUP = 'system:nodes';
export const CONTROLLER_MANAGER_USER = 'system:kube-controller-manager';
export const SCHEDULER_USER = 'system:kube-scheduler';
export const NODE_USER_PREFIX = 'system:node:';

/** Whether a user is one of our own components, whose word about causes is taken. */
export function isComponent(user: User): boolean {
  return user.name === CONTROLLER_MANAGER_USER || user.name === SCHEDULER_USER || nodeOf(user) !== undefined;
}

/** The node that a user is; undefined for anyone else. */
export function nodeOf(user: User): string | undefined {
  const isNode = user.name.startsWith(NODE_USER_PREFIX) && user.groups.includes(NODES_GROUP);
  return isNode ? user.name.slice(NODE_USER_PREFIX.length) : undefined;
}
