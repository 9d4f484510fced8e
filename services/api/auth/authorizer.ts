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

/** What somebody may do to resources, as `SelfSubjectRulesReview` says it. `*` stands for anything. */
export interface ResourceRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  /** `resource` or `resource/subresource`. */
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
}

/** What somebody may do at paths that belong to no resource. */
export interface NonResourceRule {
  readonly verbs: readonly string[];
  /** A path, or the beginning of one with `*` behind it. */
  readonly nonResourceURLs: readonly string[];
}

export interface AccessRules {
  readonly resourceRules: readonly ResourceRule[];
  readonly nonResourceRules: readonly NonResourceRule[];
}

/** Decides whether a user may do something. Pure and synchronous: an implementation keeps what it needs in memory. */
export interface Authorizer {
  authorize(user: User, attributes: Attributes): Decision;
  /** Everything a user may do in a namespace: `authorize` allows what one of these rules covers, and nothing else there. */
  rulesFor(user: User, namespace: string): AccessRules;
}

export const ALLOWED: Decision = Object.freeze({ allowed: true });
