import { isRejection } from '@taffrail/machinery/rejection';
import type { KubeObject } from '@taffrail/resources/object';
import { describe, expect, test } from 'vitest';
import type { User } from '../auth/identity.ts';
import { staticAuthorizer } from '../auth/static-authorizer.ts';
import { reviewLocalSubjectAccess, reviewOwnAccess, reviewOwnRules, reviewSubjectAccess } from './access-review.ts';
import { reviewSelf, reviewToken } from './identity-review.ts';
import type { Review, ReviewAnswer } from './review.ts';

const admin: User = { name: 'admin', groups: ['system:masters', 'system:authenticated'] };
const eve: User = { name: 'eve', groups: ['system:authenticated'] };
const scheduler: User = { name: 'system:kube-scheduler', groups: ['system:authenticated'] };

function review(spec: unknown, given: Partial<Review> = {}, metadata: object = {}): Review {
  const object = { kind: 'Review', apiVersion: 'v1', metadata, spec } as unknown as KubeObject;
  return { object, user: admin, namespace: '', authorizer: staticAuthorizer, nowMs: 0, ...given };
}

function faults(answer: ReviewAnswer): readonly (string | undefined)[] {
  if (!isRejection(answer)) throw new Error('it was answered');
  return [answer.message, ...(answer.details?.causes ?? []).map(({ field }) => field)];
}

const listPods = { resourceAttributes: { verb: 'list', resource: 'pods', namespace: 'a' } };

describe('access reviews', () => {
  test('say what the authorizer would', () => {
    expect(reviewOwnAccess(review(listPods))).toEqual({ status: { allowed: true } });
    expect(reviewOwnAccess(review(listPods, { user: eve }))).toEqual({ status: { allowed: false } });
    const path = { nonResourceAttributes: { verb: 'get', path: '/apis' } };
    expect(reviewOwnAccess(review(path, { user: eve }))).toEqual({ status: { allowed: true } });
  });

  test('ask for the subject they name, not for the caller', () => {
    expect(reviewSubjectAccess(review({ ...listPods, user: 'eve' }))).toEqual({ status: { allowed: false } });
    const masters = { ...listPods, groups: ['system:masters'] };
    expect(reviewSubjectAccess(review(masters, { user: eve }))).toEqual({ status: { allowed: true } });
  });

  test('are refused when they name no subject, or not exactly one thing to do', () => {
    expect(faults(reviewSubjectAccess(review({ user: 'eve' })))).toEqual([
      '.authorization.k8s.io "" is invalid: spec.resourceAttributes: Invalid value: "null": exactly one of nonResourceAttributes or resourceAttributes must be specified',
      'spec.resourceAttributes',
    ]);
    expect(faults(reviewSubjectAccess(review(listPods))).slice(1)).toEqual(['spec.user']);
    const both = { ...listPods, nonResourceAttributes: { verb: 'get', path: '/' } };
    expect(faults(reviewOwnAccess(review(both))).slice(1)).toEqual(['spec.nonResourceAttributes']);
    expect(faults(reviewOwnAccess(review(undefined))).slice(1)).toEqual(['spec.resourceAttributes']);
    expect(faults(reviewOwnAccess(review(listPods, {}, { name: 'x' }))).slice(1)).toEqual(['metadata']);
  });

  test('of a namespace ask within it alone', () => {
    const own = { ...listPods, user: 'eve' };
    const metadata = { namespace: 'a' };
    expect(reviewLocalSubjectAccess(review(own, { namespace: 'a' }, metadata))).toEqual({ status: { allowed: false } });
    expect(faults(reviewLocalSubjectAccess(review(own, { namespace: 'b' }, { namespace: 'b' }))).slice(1)).toEqual([
      'spec.resourceAttributes.namespace',
    ]);
  });
});

describe('rules reviews', () => {
  test('need a namespace', () => {
    expect(faults(reviewOwnRules(review({})))).toEqual(['no namespace on request']);
  });

  test('list what is allowed there, and only there', () => {
    const rules = (user: User, namespace: string): readonly { readonly resources: readonly string[] }[] => {
      const answer = reviewOwnRules(review({ namespace }, { user })) as unknown as {
        readonly status: { readonly resourceRules: readonly { readonly resources: readonly string[] }[] };
      };
      return answer.status.resourceRules;
    };
    expect(rules(admin, 'a')).toEqual([{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }]);
    expect(rules(eve, 'a').flatMap(({ resources }) => resources)).toEqual([
      'selfsubjectreviews',
      'selfsubjectaccessreviews',
      'selfsubjectrulesreviews',
    ]);
    const leases = (namespace: string): boolean =>
      rules(scheduler, namespace).some(({ resources }) => resources.includes('leases'));
    expect([leases('kube-system'), leases('default')]).toEqual([true, false]);
  });
});

describe('identity reviews', () => {
  test('tell the caller who it is', () => {
    expect(reviewSelf(review(undefined, { user: eve }))).toEqual({
      metadata: { creationTimestamp: '1970-01-01T00:00:00Z' },
      status: { userInfo: { username: 'eve', groups: ['system:authenticated'] } },
    });
  });

  test('know no token', () => {
    expect(reviewToken(review({ token: 'junk' }))).toEqual({ status: { user: {}, error: 'invalid bearer token' } });
    expect(faults(reviewToken(review({})))).toEqual(['token is required for TokenReview in authentication']);
  });
});
