import { limits } from '@taffrail/platform/limits';
import { badRequest, isRejection, type Rejection } from '@taffrail/machinery/rejection';
import type { KubeObject } from '@taffrail/resources/object';
import type { Creation, FieldValidation, RequestContext, Target } from '@taffrail/state/command';
import type { Accepted } from '@taffrail/state/state-machine';
import type { Authorizer } from '../auth/authorizer.ts';
import { answerBytes, answerValue } from '../http/answer.ts';
import type { HeaderValues } from '../http/exchange.ts';
import { OBJECT_OFFER } from '../http/negotiation.ts';
import { CREATED_STATUS } from '../http/status.ts';
import { causeOf } from './cause.ts';
import type { ApiContext, ResourceCall, ServedCall } from './context.ts';
import { decodeBody } from './decode-body.ts';
import { isApply, patchDocument } from './patch-body.ts';
import { presentationOf, type Presentation } from './representation.ts';
import { warningHeaders } from './warnings.ts';
import { writeOptions, type WriteOptions } from './write-options.ts';

/** Creates an object, or what a subresource creates (a binding). */
export async function createObject(context: ApiContext, call: ResourceCall): Promise<Rejection | undefined> {
  const prepared = prepare(context, call, 'CreateOptions');
  if (isRejection(prepared)) return prepared;
  const decoded = await decodedObject(call, prepared.options.fieldValidation);
  if (isRejection(decoded)) return decoded;
  const outcome = await context.state.submit(
    { type: 'create', target: targetOf(call), object: decoded.object },
    requestContext(context, call, prepared.options),
    call.exchange.signal,
  );
  if (isRejection(outcome)) return outcome;
  const warnings = [...decoded.warnings, ...outcome.warnings];
  if (call.request.subresource === 'binding') {
    answerValue(call.exchange, 201, prepared.presentation.representation, CREATED_STATUS, warningHeaders(warnings));
    return undefined;
  }
  answerAccepted(call, prepared.presentation, outcome, outcome.created ? 201 : 200, warnings);
  return undefined;
}

/** Replaces an object or its status, scale or finalizers; of some kinds it creates what is not there. */
export async function updateObject(
  context: ApiContext,
  call: ResourceCall,
  authorizer: Authorizer,
): Promise<Rejection | undefined> {
  const prepared = prepare(context, call, 'UpdateOptions');
  if (isRejection(prepared)) return prepared;
  const decoded = await decodedObject(call, prepared.options.fieldValidation);
  if (isRejection(decoded)) return decoded;
  const outcome = await context.state.submit(
    { type: 'update', target: targetOf(call), object: decoded.object, creation: creationBy(call, authorizer) },
    requestContext(context, call, prepared.options),
    call.exchange.signal,
  );
  if (isRejection(outcome)) return outcome;
  const warnings = [...decoded.warnings, ...outcome.warnings];
  answerAccepted(call, prepared.presentation, outcome, outcome.created ? 201 : 200, warnings);
  return undefined;
}

/** Whether who asks for an update or apply may also create what it is about. */
function creationBy({ user, request }: ResourceCall, authorizer: Authorizer): Creation {
  const { group, resource, subresource, namespace, name } = request;
  return authorizer.authorize(user, {
    type: 'resource',
    verb: 'create',
    group,
    resource,
    subresource,
    namespace,
    name,
  });
}

/** Patches an object or a subresource; the patch is computed on the newest state, inside the decision. */
export async function patchObject(
  context: ApiContext,
  call: ResourceCall,
  authorizer: Authorizer,
): Promise<Rejection | undefined> {
  const prepared = prepare(context, call, 'PatchOptions');
  if (isRejection(prepared)) return prepared;
  const { options } = prepared;
  const document = await patchDocument(call.exchange, options.fieldValidation);
  if (isRejection(document)) return document;
  const outcome = await context.state.submit(
    {
      type: 'patch',
      target: targetOf(call),
      patchType: document.patchType,
      patch: document.patch,
      fieldValidation: options.fieldValidation,
      force: options.force,
      creation: creationBy(call, authorizer),
    },
    requestContext(context, call, options),
    call.exchange.signal,
  );
  if (isRejection(outcome)) return outcome;
  const warnings = [...document.warnings, ...outcome.warnings];
  answerAccepted(call, prepared.presentation, outcome, outcome.created ? 201 : 200, warnings);
  return undefined;
}

interface Prepared {
  readonly presentation: Presentation;
  readonly options: WriteOptions;
}

function prepare(
  context: ApiContext,
  call: ResourceCall,
  kind: 'CreateOptions' | 'UpdateOptions' | 'PatchOptions',
): Prepared | Rejection {
  const { exchange, request, definition } = call;
  const presentation = presentationOf(exchange, request.query, definition, OBJECT_OFFER, context.clock);
  if (isRejection(presentation)) return presentation;
  const options = writeOptions(
    request.query,
    kind,
    exchange.header('user-agent') ?? '',
    kind === 'PatchOptions' && isApply(exchange),
  );
  return isRejection(options) ? options : { presentation, options };
}

/** Decodes the object a write carries and holds it against its URL. */
export async function decodedObject(
  call: ServedCall,
  fieldValidation: FieldValidation,
): Promise<{ readonly object: KubeObject; readonly warnings: readonly string[] } | Rejection> {
  const body = await call.exchange.body(limits.requestBodyBytes);
  const decoded = decodeBody(body, call.exchange.header('content-type'), call, fieldValidation);
  if (isRejection(decoded)) return decoded;
  const object = placed(decoded.object, call);
  return isRejection(object) ? object : { object, warnings: decoded.warnings };
}

/** Subresources that are made for the object on the URL and check its name with words of their own. */
const ABOUT_ANOTHER: ReadonlySet<string> = new Set(['binding', 'eviction']);

/** Holds an object against the URL it was sent to: its namespace is filled in, and neither it nor the name may differ. */
function placed(object: KubeObject, call: ServedCall): KubeObject | Rejection {
  const { name = '', namespace = '' } = object.metadata;
  const isNamed = !ABOUT_ANOTHER.has(call.request.subresource) && call.request.name !== '';
  if (isNamed && name !== '' && name !== call.request.name) {
    return badRequest(`the name of the object (${name}) does not match the name on the URL (${call.request.name})`);
  }
  if (namespace === call.namespace) return object;
  if (call.namespace !== '' && namespace !== '') {
    return badRequest('the namespace of the provided object does not match the namespace sent on the request');
  }
  const { namespace: _dropped, ...metadata } = object.metadata;
  return {
    ...object,
    metadata: call.namespace === '' ? metadata : { ...metadata, namespace: call.namespace },
  } as KubeObject;
}

/** What a command of this call aims at. */
export function targetOf(call: ResourceCall): Target {
  const { name, subresource } = call.request;
  return { definition: call.definition, namespace: call.namespace, name, subresource };
}

/** Who asks, why, and how: what every event of this call will say. */
export function requestContext(
  context: ApiContext,
  call: Pick<ResourceCall, 'exchange' | 'user' | 'trace'>,
  options: { readonly dryRun: boolean; readonly fieldManager: string },
): RequestContext {
  const { exchange, user, trace } = call;
  return {
    actor: {
      user: user.name,
      groups: user.groups,
      userAgent: exchange.header('user-agent') ?? '',
      address: exchange.remoteAddress,
      fieldManager: options.fieldManager,
      ...(user.impersonator === undefined ? {} : { impersonator: user.impersonator }),
    },
    cause: causeOf(exchange, user, context.random, trace.traceparent),
    dryRun: options.dryRun,
  };
}

function answerAccepted(
  call: ResourceCall,
  presentation: Presentation,
  outcome: Accepted,
  status: number,
  warnings: readonly string[],
): void {
  const headers: HeaderValues | undefined = warningHeaders(warnings);
  answerBytes(
    call.exchange,
    status,
    presentation.representation,
    presentation.encoding.single(outcome.object),
    headers,
  );
}
