import type { Rejection } from '@taffrail/machinery/rejection';
import { findAnswered } from '@taffrail/resources/registry';
import type { Authorizer } from '../auth/authorizer.ts';
import { METHOD_NOT_ALLOWED, UNKNOWN_RESOURCE } from '../http/rejections.ts';
import {
  reviewLocalSubjectAccess,
  reviewOwnAccess,
  reviewOwnRules,
  reviewSubjectAccess,
} from '../reviews/access-review.ts';
import { reviewSelf, reviewToken } from '../reviews/identity-review.ts';
import type { Review, ReviewAnswer } from '../reviews/review.ts';
import { answerReview } from './answer-review.ts';
import { answerComponentStatuses } from './component-statuses.ts';
import type { ApiContext, AskedCall, ServedCall } from './context.ts';
import { createBinding } from './create-binding.ts';
import type { HealthCheck } from './health.ts';

/** What resources that are kept nowhere are answered from. */
export interface AnsweredOptions {
  readonly context: ApiContext;
  readonly authorizer: Authorizer;
  readonly ready: readonly HealthCheck[];
}

/** Answers requests on resources whose objects are kept nowhere. */
export interface Answered {
  /** Undefined when there is no such resource; else what is resolved when the request is answered. */
  answer(asked: AskedCall): Promise<Rejection | undefined> | undefined;
}

const REVIEWS: Readonly<Record<string, (review: Review) => ReviewAnswer>> = Object.freeze({
  selfsubjectreviews: reviewSelf,
  tokenreviews: reviewToken,
  localsubjectaccessreviews: reviewLocalSubjectAccess,
  selfsubjectaccessreviews: reviewOwnAccess,
  selfsubjectrulesreviews: reviewOwnRules,
  subjectaccessreviews: reviewSubjectAccess,
});

export function answered(options: AnsweredOptions): Answered {
  return {
    answer(asked) {
      const { request } = asked;
      const definition = findAnswered(request.group, request.version, request.resource);
      if (definition === undefined) return undefined;
      const namespace = definition.namespaced ? request.namespace : '';
      const call: ServedCall = { ...asked, definition, namespace };
      return Promise.resolve(misplaced(call) ?? dispatch(options, call));
    },
  };
}

function misplaced({ request, definition, namespace }: ServedCall): Rejection | undefined {
  if (request.subresource !== '' || request.rest.length > 0) return UNKNOWN_RESOURCE;
  if (definition.namespaced !== (request.namespace !== '')) return UNKNOWN_RESOURCE;
  const named = request.name !== '';
  if (named && !definition.verbs.includes('get')) return UNKNOWN_RESOURCE;
  if (named && definition.namespaced && namespace === '') return UNKNOWN_RESOURCE;
  return definition.verbs.some((verb) => verb === request.verb) ? undefined : METHOD_NOT_ALLOWED;
}

function dispatch(options: AnsweredOptions, call: ServedCall): Promise<Rejection | undefined> | Rejection | undefined {
  const { resource } = call.definition;
  const review = REVIEWS[resource];
  if (review !== undefined) return answerReview(options, call, review);
  if (resource === 'bindings') return createBinding(options.context, call);
  return answerComponentStatuses(call, options.ready);
}
