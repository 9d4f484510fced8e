import { assertNever } from '@taffrail/platform/assert';
import { PROMETHEUS_CONTENT_TYPE } from '@taffrail/platform/prometheus-text';
import { traceFields } from '@taffrail/platform/traceparent';
import type { Tracer } from '@taffrail/platform/tracer';
import { isRejection, type Rejection } from '@taffrail/machinery/rejection';
import type { ResourceDefinition, ResourceVerb } from '@taffrail/resources/definition';
import { accessDenied } from './auth/forbidden.ts';
import type { Attributes, Authorizer } from './auth/authorizer.ts';
import type { User } from './auth/identity.ts';
import { actingUser } from './auth/impersonation.ts';
import type { AgentClient } from './handlers/agent-client.ts';
import type { Answered } from './handlers/answered.ts';
import { connect, isConnection } from './handlers/connect.ts';
import type { ApiContext, AskedCall, ResourceCall } from './handlers/context.ts';
import { deleteCollection, deleteObject } from './handlers/delete.ts';
import { evictPod } from './handlers/evict.ts';
import { getObject } from './handlers/get.ts';
import { getScale } from './handlers/get-scale.ts';
import { answerHealth, type HealthChecks } from './handlers/health.ts';
import { answerDiff } from './handlers/diff.ts';
import { answerHistory } from './handlers/history.ts';
import { listObjects } from './handlers/list.ts';
import { pastQuestion, type PastQuestion } from './handlers/past-path.ts';
import { pastContext, pastRefusal, pastRequest, type PastRequest } from './handlers/past-requests.ts';
import type { RequestMetrics } from './handlers/request-metrics.ts';
import { RequestTrace } from './handlers/request-trace.ts';
import { answerUndo } from './handlers/undo.ts';
import { answerWhy } from './handlers/why.ts';
import { answerPodLog } from './handlers/pod-log.ts';
import { requestToken } from './handlers/request-token.ts';
import { createPurge, isPurgeOrder } from './handlers/purge.ts';
import { answerTransaction, isTransactionPath } from './handlers/transaction.ts';
import { VERSION } from './handlers/version.ts';
import { warnOfDeprecation } from './handlers/warnings.ts';
import { watchObjects } from './handlers/watch.ts';
import { createObject, patchObject, updateObject } from './handlers/write.ts';
import { answerRejection, answerText, answerValue } from './http/answer.ts';
import type { Exchange } from './http/exchange.ts';
import { rejectionOf } from './http/failure.ts';
import { pastAddress, type PastAddress } from './http/past-address.ts';
import { METHOD_NOT_ALLOWED, UNAUTHORIZED, UNKNOWN_RESOURCE } from './http/rejections.ts';
import { parseRequest, type PathRequest, type ParsedRequest } from './http/parsed-request.ts';

/** The documents that say what the server offers. */
export interface ApiDocuments {
  /** Answers discovery and OpenAPI paths; false when the path is neither. */
  answer(exchange: Exchange, request: PathRequest): boolean | Rejection;
}

export interface RouterOptions {
  readonly context: ApiContext;
  readonly authorizer: Authorizer;
  readonly agents: AgentClient;
  readonly documents: ApiDocuments;
  /** Reviews, bindings and whatever else is kept nowhere. */
  readonly answered: Answered;
  readonly health: HealthChecks;
  readonly requests: RequestMetrics;
  readonly tracer: Tracer;
  /** The text of `/metrics`. */
  readonly renderMetrics: () => string;
  readonly findResource: (group: string, version: string, resource: string) => ResourceDefinition | undefined;
  readonly findKind: (group: string, version: string, kind: string) => ResourceDefinition | undefined;
  readonly hasGroup: (group: string) => boolean;
}

/** Answers one request: who asks, may they, what is meant, and the handler for it. Answers every exchange exactly once. */
export function router(options: RouterOptions): (exchange: Exchange) => void {
  return (exchange) => {
    const address = pastAddress(exchange);
    const { path } = address?.exchange ?? exchange;
    const request = parseRequest(exchange.method, path, exchange.query);
    const definition =
      request?.type === 'resource' ? options.findResource(request.group, request.version, request.resource) : undefined;
    const finish = options.requests.begin(exchange.method, request, definition);
    if (request === undefined) {
      answerText(exchange, 400, '400 Bad Request\n');
      finish(400);
      return;
    }
    const trace = new RequestTrace(options.tracer, options.context.clock);
    void answerCounted(
      options,
      { exchange: address?.exchange ?? exchange, request, definition, address, trace },
      finish,
    );
  };
}

/** A request and the resource it is about, when it is about one we know. */
interface Incoming {
  readonly exchange: Exchange;
  readonly request: ParsedRequest;
  readonly definition: ResourceDefinition | undefined;
  /** Set when it is about a past moment. */
  readonly address: PastAddress | undefined;
  readonly trace: RequestTrace;
}

async function answerCounted(
  options: RouterOptions,
  incoming: Incoming,
  done: (status: number) => void,
): Promise<void> {
  const { exchange, trace } = incoming;
  let status: number;
  try {
    const rejection = await answer(options, incoming);
    if (rejection !== undefined) answerRejection(exchange, rejection);
    ({ status } = exchange);
  } catch (thrown) {
    status = answerFailure(options, incoming, thrown);
  }
  done(status);
  trace.end(status);
}

function answerFailure({ context }: RouterOptions, { exchange, trace }: Incoming, thrown: unknown): number {
  const fields = traceFields(trace.traceparent);
  const rejection = rejectionOf(thrown, exchange.signal.aborted, context.logger.child(fields));
  if (rejection !== undefined && exchange.status === 0) answerRejection(exchange, rejection);
  return rejection?.code ?? 499;
}

async function answer(options: RouterOptions, incoming: Incoming): Promise<Rejection | undefined> {
  const { exchange, request, definition, address, trace } = incoming;
  const past = address === undefined ? undefined : pastRequest(address);
  if (isRejection(past)) return past;
  if (request.type === 'path' && answerOpenPath(options, exchange, request)) return undefined;
  const { identity } = exchange;
  if (identity.type !== 'user') {
    if (identity.type === 'invalid') {
      options.context.logger.info({ why: identity.why, address: exchange.remoteAddress }, 'credentials were refused');
    }
    return UNAUTHORIZED;
  }
  const user = actingUser(exchange, identity.user, options.authorizer);
  if (isRejection(user)) return user;
  trace.begin(exchange, user, request);
  if (past !== undefined) return await answerAtMoment(options, incoming, user, past);
  if (request.type === 'path' && isTransactionPath(request.segments)) {
    return request.verb === 'post' ? answerTransaction(options, exchange, user, request, trace) : METHOD_NOT_ALLOWED;
  }
  const question = request.type === 'path' ? pastQuestion(request.segments) : undefined;
  if (request.type === 'path' && question !== undefined) {
    return answerPast(options, { exchange, trace }, user, request, question);
  }
  const attributes = attributesOf(request);
  const decision = options.authorizer.authorize(user, attributes);
  if (!decision.allowed) return accessDenied(user, attributes, decision.why);
  return request.type === 'resource'
    ? answerResource(options, { exchange, user, request, trace }, definition)
    : answerPath(options, exchange, request);
}

/** Answers as of a past moment what may be read today. */
async function answerAtMoment(
  options: RouterOptions,
  { exchange, request, definition, trace }: Incoming,
  user: User,
  past: PastRequest,
): Promise<Rejection | undefined> {
  const refusal = pastRefusal(request);
  if (refusal !== undefined) return refusal;
  if (request.type === 'path' && isOwnPath(request)) return UNKNOWN_RESOURCE;
  const attributes = attributesOf(request);
  const decision = options.authorizer.authorize(user, attributes);
  if (!decision.allowed) return accessDenied(user, attributes, decision.why);
  const context = await pastContext(options.context, past);
  if (isRejection(context)) return context;
  return request.type === 'resource'
    ? answerResource({ ...options, context }, { exchange, user, request, trace }, definition)
    : answerDocuments(options, exchange, request);
}

/** Paths that are about the whole history, or about this process, and so not about a moment. */
function isOwnPath({ segments }: PathRequest): boolean {
  return segments[0] === 'metrics' || (segments[0] === 'apis' && segments[1] === 'taffrail.dev');
}

/** Health and version, which anyone may ask. */
function answerOpenPath(options: RouterOptions, exchange: Exchange, request: PathRequest): boolean {
  const { segments, verb } = request;
  if (verb !== 'get' && verb !== 'head') return false;
  if (segments.length === 1 && segments[0] === 'version') {
    answerValue(exchange, 200, { format: 'json', pretty: true }, VERSION);
    return true;
  }
  return answerHealth(exchange, segments, request.query, options.health);
}

function attributesOf(request: ParsedRequest): Attributes {
  if (request.type === 'resource') {
    const { verb, group, resource, subresource, namespace, name } = request;
    return { type: 'resource', verb, group, resource, subresource, namespace, name };
  }
  return { type: 'path', verb: request.verb, path: request.path };
}

/** Questions about the past, each of which sees for itself whether the user may read what it shows. */
async function answerPast(
  options: RouterOptions,
  { exchange, trace }: Pick<Incoming, 'exchange' | 'trace'>,
  user: User,
  request: PathRequest,
  question: PastQuestion,
): Promise<Rejection | undefined> {
  switch (question) {
    case 'history':
      return answerHistory(options, exchange, user, request);
    case 'diff':
      return answerDiff(options, exchange, user, request);
    case 'undo':
      return answerUndo(options, exchange, user, request, trace);
    case 'why':
      return answerWhy(options, exchange, user, request);
    default:
      return assertNever(question);
  }
}

async function answerPath(
  options: RouterOptions,
  exchange: Exchange,
  request: PathRequest,
): Promise<Rejection | undefined> {
  const { segments } = request;
  if (segments.length === 1 && segments[0] === 'metrics' && request.verb === 'get') {
    exchange.respond(200, { 'content-type': PROMETHEUS_CONTENT_TYPE }, [Buffer.from(options.renderMetrics())]);
    return undefined;
  }
  return answerDocuments(options, exchange, request);
}

function answerDocuments(options: RouterOptions, exchange: Exchange, request: PathRequest): Rejection | undefined {
  const answered = options.documents.answer(exchange, request);
  if (isRejection(answered)) return answered;
  if (!answered) answerText(exchange, 404, '404 page not found\n');
  return undefined;
}

async function answerResource(
  options: RouterOptions,
  asked: AskedCall,
  definition: ResourceDefinition | undefined,
): Promise<Rejection | undefined> {
  const { exchange, request } = asked;
  if (definition === undefined) {
    const answering = options.answered.answer(asked);
    if (answering !== undefined) return answering;
    if (options.hasGroup(request.group)) return UNKNOWN_RESOURCE;
    answerText(exchange, 404, '404 page not found\n');
    return undefined;
  }
  const namespace = definition.namespaced ? request.namespace : '';
  const call: ResourceCall = { ...asked, definition, namespace };
  const misplaced = placeFault(call);
  if (misplaced !== undefined) return misplaced;
  if (exchange.method === 'HEAD' && !isConnection(request.subresource)) return METHOD_NOT_ALLOWED;
  if (isPurgeOrder(call)) return createPurge(options, call);
  return request.subresource === '' ? dispatch(options, call) : dispatchSubresource(options, call);
}

/** What is wrong with the place a request aims at: a scope the resource does not have, or a method that has no meaning there. */
function placeFault(call: ResourceCall): Rejection | undefined {
  const { definition, request, namespace } = call;
  const inNamespace = request.namespace !== '' && request.resource !== 'namespaces';
  if (inNamespace && !definition.namespaced) return UNKNOWN_RESOURCE;
  if (request.rest.length > 0 && !isConnection(request.subresource)) return UNKNOWN_RESOURCE;
  if (!definition.namespaced || namespace !== '') return undefined;
  if (request.name !== '') return UNKNOWN_RESOURCE;
  return request.verb === 'list' || request.verb === 'watch' ? undefined : METHOD_NOT_ALLOWED;
}

async function dispatch({ context, authorizer }: RouterOptions, call: ResourceCall): Promise<Rejection | undefined> {
  const { definition, request } = call;
  const { verb } = request;
  if (verb === 'unsupported' || !definition.verbs.includes(verb satisfies ResourceVerb)) return METHOD_NOT_ALLOWED;
  warnOfDeprecation(call.exchange, definition);
  const named = request.name !== '';
  switch (verb) {
    case 'get':
      return getObject(context, call);
    case 'list':
      return listObjects(context, call);
    case 'watch':
      return watchObjects(context, call);
    case 'create':
      return named ? METHOD_NOT_ALLOWED : createObject(context, call);
    case 'update':
      return named ? updateObject(context, call, authorizer) : METHOD_NOT_ALLOWED;
    case 'patch':
      return named ? patchObject(context, call, authorizer) : METHOD_NOT_ALLOWED;
    case 'delete':
      return deleteObject(context, call);
    case 'deletecollection':
      return deleteCollection(context, call);
    default:
      return assertNever(verb);
  }
}

async function dispatchSubresource(options: RouterOptions, call: ResourceCall): Promise<Rejection | undefined> {
  const { context, agents, authorizer } = options;
  const { definition, request } = call;
  const subresource = definition.subresources.find((one) => one.name === request.subresource);
  if (subresource === undefined) return UNKNOWN_RESOURCE;
  if (isConnection(subresource.name)) return connect(context, call, agents);
  const verb = subresource.verbs.find((one) => one === request.verb);
  if (verb === undefined || verb === 'delete') return METHOD_NOT_ALLOWED;
  if (subresource.kind === definition.kind) warnOfDeprecation(call.exchange, definition);
  if (subresource.name === 'log') return answerPodLog(context, call, agents);
  switch (verb) {
    case 'get':
      return subresource.name === 'scale' ? getScale(context, call) : getObject(context, call);
    case 'create':
      if (subresource.name === 'token') return requestToken(context, call);
      return subresource.name === 'eviction' ? evictPod(context, call) : createObject(context, call);
    case 'update':
      return updateObject(context, call, authorizer);
    case 'patch':
      return patchObject(context, call, authorizer);
    default:
      return assertNever(verb);
  }
}
