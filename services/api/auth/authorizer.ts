import type { User } from './identity.ts';

/** What a request wants to do, as an authorizer sees it. */
export type Attributes =
  | {
      readonly type: 'resource';
      readonly verb: string;
      readonly group: string;
      readonly resource: string;
      readonly subresource: string;
      readonly namespace: string;
      readonly name: string;
    }
  | { readonly type: 'path'; readonly verb: string; readonly path: string };

export type Decision = { readonly allowed: true } | { readonly allowed: false; readonly why: string };

/** Decides whether a user may do something. Pure and synchronous: an implementation keeps what it needs in memory. */
export interface Authorizer {
  authorize(user: User, attributes: Attributes): Decision;
}

export const ALLOWED: Decision = Object.freeze({ allowed: true });
