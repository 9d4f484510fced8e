import { uid } from '@taffrail/platform/brand';
import { limits } from '@taffrail/platform/limits';
import { badRequest, conflict, invalid, isRejection, notFound, type Rejection } from '@taffrail/machinery/rejection';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import { isJsonObject, type JsonValue } from '@taffrail/resources/json';
import { purges } from '@taffrail/resources/kinds/own';
import type { PurgeSpec } from '@taffrail/resources/kinds/purge/rules';
import type { KubeObject } from '@taffrail/resources/object';
import { allResources } from '@taffrail/resources/registry';
import { invalid as fieldInvalid, required } from '@taffrail/resources/validation/field';
import { accessDenied } from '../auth/forbidden.ts';
import type { Attributes, Authorizer } from '../auth/authorizer.ts';
import { answerValue } from '../http/answer.ts';
import { PLAIN_JSON } from '../http/negotiation.ts';
import type { ApiContext, ResourceCall } from './context.ts';
import { requestContext } from './write.ts';
import { writeOptions } from './write-options.ts';

/** Whether a call orders a purge: the one creation that is not what its body says alone. */
export function isPurgeOrder({ definition, request }: ResourceCall): boolean {
  return definition === purges && request.verb === 'create' && request.name === '' && request.subresource === '';
}

/**
 * Answers `POST /apis/taffrail.dev/v1/purges` (docs/ERASURE.md). The body names an object; which incarnations of it there
 * were is found out here. Whoever orders it must be allowed to create purges and to delete the object. `dryRun=All`
 * answers what would be erased. The answer's `status.erased` says whether the keys are gone already.
 */
export async function createPurge(
  { context, authorizer }: { readonly context: ApiContext; readonly authorizer: Authorizer },
  call: ResourceCall,
): Promise<Rejection | undefined> {
  const { exchange, user, request } = call;
  const { state } = context;
  const options = writeOptions(request.query, 'CreateOptions', exchange.header('user-agent') ?? '');
  if (isRejection(options)) return options;
  const aim = await aimOf(call);
  if (isRejection(aim)) return aim;
  const { definition, namespace, name } = aim;
  const { group, resource } = definition;
  const attributes: Attributes = {
    type: 'resource',
    verb: 'delete',
    group,
    resource,
    subresource: '',
    namespace,
    name,
  };
  const decision = authorizer.authorize(user, attributes);
  if (!decision.allowed) return accessDenied(user, attributes, decision.why);

  await state.confirm(definition, exchange.signal);
  const key = { group, resource, namespace, name };
  const { uids, revisions, clear } = await context.survey(key, state.revision(definition), exchange.signal);
  if (revisions === 0) return notFound(key);
  if (clear > 0) {
    return conflict(
      key,
      `${clear} of its ${revisions} revisions stand in the log unencrypted, and nothing can take them back`,
    );
  }
  if (uids.length > limits.purgedUidsCount)
    return conflict(key, `it was created ${uids.length} times; a purge erases ${limits.purgedUidsCount}`);
  const spec = { group, resource, namespace, name, uids } satisfies PurgeSpec;
  const object = {
    kind: purges.kind,
    apiVersion: `${purges.group}/${purges.version}`,
    metadata: { generateName: 'purge-' },
    spec,
  } as unknown as KubeObject;
  const outcome = await state.submit(
    { type: 'create', target: { definition: purges, namespace: '', name: '', subresource: '' }, object },
    requestContext(context, call, options),
    exchange.signal,
  );
  if (isRejection(outcome)) return outcome;
  const erased = !options.dryRun && (await erasedInTime(context, uids.map(uid), exchange.signal));
  const body = { ...outcome.object.object(), status: { revisions, incarnations: uids.length, erased } };
  answerValue(exchange, 201, PLAIN_JSON, body);
  return undefined;
}

/** The order is given and will be carried out; whether it was before the caller lost patience is all that is open. */
async function erasedInTime(
  { state, clock }: ApiContext,
  uids: Parameters<ApiContext['state']['whenErased']>[0],
  signal: AbortSignal,
): Promise<boolean> {
  const late = new AbortController();
  const cancel = clock.after(limits.purgeAnswerMs, () => late.abort());
  const within = AbortSignal.any([signal, late.signal]);
  try {
    await state.whenErased(uids, within);
    return true;
  } catch (error) {
    if (!within.aborted) throw error;
    return false;
  } finally {
    cancel();
  }
}

interface Aim {
  readonly definition: ResourceDefinition;
  readonly namespace: string;
  readonly name: string;
}

/** What the body names. */
async function aimOf({ exchange }: ResourceCall): Promise<Aim | Rejection> {
  let body: JsonValue;
  try {
    body = JSON.parse((await exchange.body(limits.requestBodyBytes)).toString()) as JsonValue;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return badRequest('the body of a purge is JSON');
  }
  const spec = isJsonObject(body) ? body['spec'] : undefined;
  if (!isJsonObject(body) || body['kind'] !== purges.kind || !isJsonObject(spec)) {
    return badRequest('the body is not a Purge with a spec');
  }
  const text = (field: string): string => {
    const value = spec[field];
    return typeof value === 'string' ? value : '';
  };
  const [group, resource, name] = [text('group'), text('resource'), text('name')];
  const target = { group: purges.group, resource: purges.resource, kind: purges.kind, name: '' };
  const definition = allResources().find(
    (one) => one.group === group && one.resource === resource && one.conversion === undefined,
  );
  if (definition === undefined || definition.storage !== 'forever') {
    const detail = definition === undefined ? 'there is no such resource' : 'it keeps no history to erase';
    return invalid(target, [fieldInvalid('spec.resource', resource, detail)]);
  }
  const namespace = text('namespace');
  const missing = name === '' ? 'spec.name' : definition.namespaced && namespace === '' ? 'spec.namespace' : undefined;
  if (missing !== undefined) return invalid(target, [required(missing)]);
  return { definition, namespace: definition.namespaced ? namespace : '', name };
}
