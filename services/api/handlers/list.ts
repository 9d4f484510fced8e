import { isRejection, type Rejection } from '@taffrail/machinery/rejection';
import type { ListMeta } from '../encoding/encoding.ts';
import { answerBytes } from '../http/answer.ts';
import { LIST_OFFER } from '../http/negotiation.ts';
import type { ApiContext, ResourceCall } from './context.ts';
import { encodeContinue } from './continue-token.ts';
import { listOptions } from './list-options.ts';
import { presentationOf } from './representation.ts';
import { selectionOf } from './selection.ts';

/** Answers a collection, or a page of it. */
export async function listObjects(context: ApiContext, call: ResourceCall): Promise<Rejection | undefined> {
  const { exchange, request, definition } = call;
  const presentation = presentationOf(exchange, request.query, definition, LIST_OFFER, context.view.clock(context));
  if (isRejection(presentation)) return presentation;
  const options = listOptions(request.query);
  if (isRejection(options)) return options;
  const selection = selectionOf(definition, request.query);
  if (isRejection(selection)) return selection;

  const page = await context.view.page(context, call, options, selection);
  if (isRejection(page)) return page;
  const meta: ListMeta = {
    resourceVersion: String(page.revision),
    ...(page.next === undefined ? {} : { continue: encodeContinue(page.next) }),
    ...(page.remaining === undefined ? {} : { remainingItemCount: page.remaining }),
  };
  const { encoding } = presentation;
  if (encoding.prepare !== undefined) await encoding.prepare(page.items, exchange);
  answerBytes(exchange, 200, presentation.representation, encoding.list(page.items, meta));
  return undefined;
}
