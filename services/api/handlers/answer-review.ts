import { isRejection, type Rejection } from '@taffrail/machinery/rejection';
import { answerValue } from '../http/answer.ts';
import { PLAIN_OFFER } from '../http/negotiation.ts';
import type { Review, ReviewAnswer } from '../reviews/review.ts';
import type { AnsweredOptions } from './answered.ts';
import type { ServedCall } from './context.ts';
import { representationOf } from './representation.ts';
import { warningHeaders } from './warnings.ts';
import { decodedObject } from './write.ts';
import { writeOptions } from './write-options.ts';

/** Answers a review: the object that was sent, with its answer inside. A dry run is the same, since nothing is kept. */
export async function answerReview(
  { authorizer, context }: Pick<AnsweredOptions, 'authorizer' | 'context'>,
  call: ServedCall,
  answer: (review: Review) => ReviewAnswer,
): Promise<Rejection | undefined> {
  const { exchange, request, user, namespace } = call;
  const representation = representationOf(exchange, request.query, PLAIN_OFFER);
  if (isRejection(representation)) return representation;
  const options = writeOptions(request.query, 'CreateOptions', exchange.header('user-agent') ?? '');
  if (isRejection(options)) return options;
  const decoded = await decodedObject(call, options.fieldValidation);
  if (isRejection(decoded)) return decoded;
  const { object } = decoded;
  const answered = answer({ object, user, namespace, authorizer, nowMs: context.clock.nowMs() });
  if (isRejection(answered)) return answered;
  answerValue(exchange, 201, representation, { ...object, ...answered }, warningHeaders(decoded.warnings));
  return undefined;
}
