import { rfc3339Seconds } from '@taffrail/platform/clock';
import { badRequest } from '@taffrail/machinery/rejection';
import type { TokenReview } from '@taffrail/resources/generated/types';
import type { JsonObject } from '@taffrail/resources/json';
import type { User } from '../auth/identity.ts';
import type { Review, ReviewAnswer } from './review.ts';

/** Who the caller is (`SelfSubjectReview`, `kubectl auth whoami`). */
export function reviewSelf({ user, nowMs }: Review): ReviewAnswer {
  return {
    metadata: { creationTimestamp: rfc3339Seconds(nowMs) },
    status: { userInfo: userInfo(user) },
  };
}

/** Whose token it is (`TokenReview`). The server issues and accepts none, so no token is anybody's. */
export function reviewToken({ object }: Review): ReviewAnswer {
  const { spec } = object as unknown as TokenReview;
  if ((spec?.token ?? '') === '') return badRequest('token is required for TokenReview in authentication');
  return { status: { user: {}, error: 'invalid bearer token' } };
}

function userInfo({ name, groups, uid, extra }: User): JsonObject {
  return {
    username: name,
    ...(uid === undefined ? {} : { uid }),
    groups: [...groups],
    ...(extra === undefined ? {} : { extra: { ...extra } }),
  };
}
