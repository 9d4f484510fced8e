import { encodeObject } from '@taffrail/log/object-bytes';
import { limits } from '@taffrail/platform/limits';
import { isRejection, type Rejection } from '@taffrail/machinery/rejection';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import { answersDeletedObject } from '@taffrail/resources/deleted-answers';
import type { DeleteOptions } from '@taffrail/state/command';
import type { Accepted, AcceptedObject } from '@taffrail/state/state-machine';
import { answerBytes, answerValue } from '../http/answer.ts';
import { PastObject, type Listed } from '../encoding/readable.ts';
import { LIST_OFFER, OBJECT_OFFER } from '../http/negotiation.ts';
import { deletedStatus } from '../http/status.ts';
import type { ApiContext, ResourceCall } from './context.ts';
import { encodeContinue } from './continue-token.ts';
import { deleteOptions } from './delete-options.ts';
import { listOptions } from './list-options.ts';
import { tokenAfter } from './list-page.ts';
import { presentationOf } from './representation.ts';
import { selectionOf } from './selection.ts';
import { warningHeaders } from './warnings.ts';
import { requestContext, targetOf } from './write.ts';

/** Deletes one object. */
export async function deleteObject(context: ApiContext, call: ResourceCall): Promise<Rejection | undefined> {
  const { exchange, request, definition } = call;
  const presentation = presentationOf(exchange, request.query, definition, OBJECT_OFFER, context.clock);
  if (isRejection(presentation)) return presentation;
  const body = await exchange.body(limits.requestBodyBytes);
  const asked = deleteOptions(body, exchange.header('content-type'), request.query);
  if (isRejection(asked)) return asked;
  const outcome = await context.state.submit(
    { type: 'delete', target: targetOf(call), options: asked.options },
    requestContext(context, call, { dryRun: asked.dryRun, fieldManager: '' }),
    exchange.signal,
  );
  if (isRejection(outcome)) return outcome;
  const headers = warningHeaders(outcome.warnings);
  const status = statusCode(outcome, asked.options);
  if (outcome.removed && !answersObject(definition)) {
    answerValue(exchange, status, presentation.representation, statusOf(definition, outcome.object), headers);
  } else {
    answerBytes(exchange, status, presentation.representation, presentation.encoding.single(outcome.object), headers);
  }
  return undefined;
}

/** A namespace is rarely gone at once, so its deletion answers with it even when it is. */
function answersObject(definition: ResourceDefinition): boolean {
  return definition.resource === 'namespaces' || answersDeletedObject(definition);
}

/** 202 when dependents or finalizers are still to be waited for and the caller asked to wait for them. */
function statusCode(outcome: Accepted, options: DeleteOptions): number {
  return !outcome.removed && options.propagationPolicy === 'Foreground' ? 202 : 200;
}

function statusOf(definition: ResourceDefinition, object: AcceptedObject): unknown {
  const { name = '', uid = '' } = object.object().metadata;
  return deletedStatus({ name, group: definition.group, kind: definition.resource, uid });
}

/** Deletes what a selection takes, or, with `limit` and `continue`, the page of it that a list would show. */
export async function deleteCollection(context: ApiContext, call: ResourceCall): Promise<Rejection | undefined> {
  const { exchange, request, definition } = call;
  const presentation = presentationOf(exchange, request.query, definition, LIST_OFFER, context.clock);
  if (isRejection(presentation)) return presentation;
  // A collection is deleted as it would be listed, so what no list accepts is refused here too.
  const listed = listOptions(request.query);
  if (isRejection(listed)) return listed;
  const selection = selectionOf(definition, request.query);
  if (isRejection(selection)) return selection;
  const body = await exchange.body(limits.requestBodyBytes);
  const asked = deleteOptions(body, exchange.header('content-type'), request.query);
  if (isRejection(asked)) return asked;
  const outcome = await context.state.submit(
    {
      type: 'delete-collection',
      target: targetOf(call),
      selection,
      options: asked.options,
      page: { limit: listed.limit, ...(listed.from === undefined ? {} : { after: listed.from }) },
    },
    requestContext(context, call, { dryRun: asked.dryRun, fieldManager: '' }),
    exchange.signal,
  );
  if (isRejection(outcome)) return outcome;
  const objects = (outcome.objects ?? []).map((object) => listedOf(definition, object));
  const revision = objects.at(-1)?.revision ?? context.state.revision(definition);
  const next = outcome.rest === true ? tokenAfter(revision, objects) : undefined;
  const parts = presentation.encoding.list(objects, {
    resourceVersion: String(revision),
    ...(next === undefined ? {} : { continue: encodeContinue(next) }),
  });
  answerBytes(exchange, 200, presentation.representation, parts, warningHeaders(outcome.warnings));
  return undefined;
}

/** A deleted object as an item of the answer's list. */
function listedOf(definition: ResourceDefinition, accepted: AcceptedObject): Listed {
  const object = accepted.object();
  const { namespace = '', name = '' } = object.metadata;
  const key = { group: definition.group, resource: definition.resource, namespace, name };
  return new PastObject(definition, key, accepted.revision, encodeObject(object));
}
