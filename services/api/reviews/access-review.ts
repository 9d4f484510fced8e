import { badRequest, invalid as invalidObject, type Rejection } from '@taffrail/machinery/rejection';
import type { FieldError } from '@taffrail/resources/field-error';
import type {
  LocalSubjectAccessReview,
  NonResourceAttributes,
  SelfSubjectAccessReview,
  SubjectAccessReview,
  SubjectAccessReviewSpec,
} from '@taffrail/resources/generated/types';
import type { JsonObject } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import { invalid, type ShownValue } from '@taffrail/resources/validation/field';
import { goJson, goStructure } from '@taffrail/resources/validation/go-syntax';
import type { Attributes } from '../auth/authorizer.ts';
import type { User } from '../auth/identity.ts';
import type { Review, ReviewAnswer } from './review.ts';

/** Whether somebody else may do something (`SubjectAccessReview`). */
export function reviewSubjectAccess(review: Review): ReviewAnswer {
  const { spec } = review.object as unknown as SubjectAccessReview;
  const errors = [...specErrors(spec), ...subjectErrors(spec), ...metadataErrors(review.object, 'must be empty')];
  return errors.length > 0 ? refused(errors) : { status: decide(review, subjectOf(spec), attributesOf(spec)) };
}

/** The same within one namespace (`LocalSubjectAccessReview`), which may be allowed to ask where the other is not. */
export function reviewLocalSubjectAccess(review: Review): ReviewAnswer {
  const { spec } = review.object as unknown as LocalSubjectAccessReview;
  const { namespace } = review;
  const { namespace: _own, ...metadata } = review.object.metadata;
  const asked = spec?.resourceAttributes?.namespace ?? '';
  const errors = [
    ...specErrors(spec),
    ...subjectErrors(spec),
    ...metadataErrors({ ...review.object, metadata }, 'must be empty except for namespace'),
    ...(spec?.resourceAttributes === undefined || asked === namespace
      ? []
      : [invalid('spec.resourceAttributes.namespace', asked, 'must match metadata.namespace')]),
    ...(spec?.nonResourceAttributes === undefined
      ? []
      : [
          invalid(
            'spec.nonResourceAttributes',
            goAttributes(spec.nonResourceAttributes),
            'disallowed on this kind of request',
          ),
        ]),
  ];
  if (errors.length > 0) return refused(errors);
  return { status: decide(review, subjectOf(spec), attributesOf(spec)) };
}

/** Whether the caller may do something (`SelfSubjectAccessReview`, `kubectl auth can-i`). */
export function reviewOwnAccess(review: Review): ReviewAnswer {
  const { spec } = review.object as unknown as SelfSubjectAccessReview;
  const errors = [...specErrors(spec), ...metadataErrors(review.object, 'must be empty')];
  return errors.length > 0 ? refused(errors) : { status: decide(review, review.user, attributesOf(spec)) };
}

/** What the caller may do in a namespace (`SelfSubjectRulesReview`, `kubectl auth can-i --list`). */
export function reviewOwnRules({ object, user, authorizer }: Review): ReviewAnswer {
  const namespace = (object['spec'] as { readonly namespace?: string } | undefined)?.namespace ?? '';
  if (namespace === '') return badRequest('no namespace on request');
  const { resourceRules, nonResourceRules } = authorizer.rulesFor(user, namespace);
  return {
    metadata: {},
    spec: {},
    status: {
      resourceRules: resourceRules.map((rule) => ({ ...rule })),
      nonResourceRules: nonResourceRules.map((rule) => ({ ...rule })),
      incomplete: false,
    },
  };
}

type AccessSpec = Pick<SubjectAccessReviewSpec, 'resourceAttributes' | 'nonResourceAttributes'> | undefined;

function specErrors(spec: AccessSpec): readonly FieldError[] {
  if (spec?.resourceAttributes !== undefined && spec.nonResourceAttributes !== undefined) {
    const shown = goAttributes(spec.nonResourceAttributes);
    return [invalid('spec.nonResourceAttributes', shown, 'cannot be specified in combination with resourceAttributes')];
  }
  if (spec?.resourceAttributes !== undefined || spec?.nonResourceAttributes !== undefined) return [];
  const why = 'exactly one of nonResourceAttributes or resourceAttributes must be specified';
  return [invalid('spec.resourceAttributes', null, why)];
}

function goAttributes({ path, verb }: NonResourceAttributes): ShownValue {
  return goStructure({ Path: path ?? '', Verb: verb ?? '' });
}

function subjectErrors(spec: SubjectAccessReviewSpec | undefined): readonly FieldError[] {
  const { user = '', groups = [] } = spec ?? {};
  return user === '' && groups.length === 0
    ? [invalid('spec.user', user, 'at least one of user or group must be specified')]
    : [];
}

function metadataErrors({ metadata }: KubeObject, why: string): readonly FieldError[] {
  const { managedFields: _managers, ...rest } = metadata;
  return Object.keys(rest).length === 0 ? [] : [invalid('metadata', goJson(rest), why)];
}

/** Kubernetes names no kind here. */
function refused(errors: readonly FieldError[]): Rejection {
  return invalidObject({ group: 'authorization.k8s.io', kind: '', name: '' }, errors);
}

function subjectOf(spec: SubjectAccessReviewSpec): User {
  return { name: spec.user ?? '', groups: spec.groups ?? [] };
}

function attributesOf({ resourceAttributes, nonResourceAttributes }: NonNullable<AccessSpec>): Attributes {
  if (resourceAttributes === undefined) {
    return { type: 'path', verb: nonResourceAttributes?.verb ?? '', path: nonResourceAttributes?.path ?? '' };
  }
  const { verb = '', group = '', resource = '', subresource = '', namespace = '', name = '' } = resourceAttributes;
  return { type: 'resource', verb, group, resource, subresource, namespace, name };
}

function decide({ authorizer }: Review, user: User, attributes: Attributes): JsonObject {
  const decision = authorizer.authorize(user, attributes);
  const reason = decision.allowed ? '' : decision.why;
  return { allowed: decision.allowed, ...(reason === '' ? {} : { reason }) };
}
