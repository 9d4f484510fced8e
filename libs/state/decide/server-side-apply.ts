import { badRequest, conflict, isRejection, notFound, type Rejection } from '@taffrail/machinery/rejection';
import { isJsonObject, type JsonObject } from '@taffrail/resources/json';
import { apiVersionOf, type KubeObject } from '@taffrail/resources/object';
import type { Command, DecisionContext, Target } from '../command.ts';
import { type LiveObject, withRevision } from '../live-object.ts';
import { createObject, permitted } from './create.ts';
import type { Decision } from './decision.ts';
import { requestKind, targetOf } from './drafting.ts';
import { applied } from './field-managers.ts';
import { objectOf, textOf } from './metadata.ts';
import { withoutRevision } from './preconditions.ts';
import { scaleOf, scaleRefusal } from './scale.ts';
import type { DecideState } from './state.ts';
import { replaceObject } from './update.ts';

type PatchCommand = Extract<Command, { type: 'patch' }>;

/** Decides a server-side apply of a resource, its status or its scale: on the newest state, and with that exactly once. */
export function decideServerSideApply(state: DecideState, command: PatchCommand, context: DecisionContext): Decision {
  const { target, patch } = command;
  if (!isJsonObject(patch)) return badRequest('error decoding YAML: wrong type of document');
  // Ownership is of the fields of the version the client speaks; what comes of it is stored in one form.
  const asked = { ...target, definition: target.served ?? target.definition };
  const conversion = target.served?.conversion;
  const refusal = headRefusal(asked, patch);
  if (refusal !== undefined) return refusal;
  const present = state.own.get(target.definition, target.namespace, target.name);
  const config = configurationOf(asked, patch);
  if (present === undefined && target.subresource !== '') return notFound(targetOf(target));
  if (present !== undefined && target.subresource === 'scale') {
    const wrong = scaleRefusal(target, present, patch);
    if (wrong !== undefined) return wrong;
  }

  const stored = present?.contents();
  const live = stored === undefined || conversion === undefined ? stored : conversion.fromStorage(stored);
  const result = applied(asked, live, config, command.force, context);
  if (isRejection(result)) return result;
  const object = conversion === undefined ? result.object : conversion.toStorage(result.object);
  const misplaced = placeRefusal(target, result.object);
  if (misplaced !== undefined) return misplaced;
  const request = requestKind(command, context);
  const managed = result.object.metadata.managedFields ?? [];
  if (present !== undefined) {
    const view = target.subresource === 'scale' ? { view: scaleOf } : {};
    const aim = target.subresource === 'scale' ? { ...target, subresource: '' } : target;
    return replaceObject(state, {
      target: aim,
      present,
      object: atRevision(object, present),
      context,
      request,
      managed,
      ...view,
    });
  }
  const uid = textOf(objectOf(patch, 'metadata'), 'uid');
  if (uid !== '') {
    const why = `uid mismatch: the provided object specified uid ${uid}, and no existing object was found`;
    return conflict(targetOf(target), why);
  }
  const fresh = withoutRevision(object);
  if (isRejection(fresh)) return fresh;
  const created = createObject(state, { target, object: fresh, context, request, managed });
  return permitted(created, target, command.creation ?? { allowed: true });
}

/** An applied configuration is laid over the newest object, so that is what it changes unless it names a revision itself. */
function atRevision(object: KubeObject, present: LiveObject): KubeObject {
  const { resourceVersion } = object.metadata;
  if (resourceVersion !== undefined && resourceVersion !== '') return object;
  return withRevision(object, present.revision);
}

/** Refuses a configuration of another kind or version than the one it is sent to. */
function headRefusal(target: Target, config: JsonObject): Rejection | undefined {
  const expected = expectedHead(target);
  const version = textOf(config, 'apiVersion');
  if (version !== expected.apiVersion) {
    return badRequest(
      `incorrect version specified in apply patch. Specified patch version: ${version}, expected: ${expected.apiVersion}`,
    );
  }
  const kind = textOf(config, 'kind');
  if (kind === expected.kind) return undefined;
  return badRequest(`incorrect kind specified in apply patch. Specified kind: ${kind}, expected: ${expected.kind}`);
}

function expectedHead({ definition, subresource }: Target): { readonly apiVersion: string; readonly kind: string } {
  const found = definition.subresources.find(({ name }) => name === subresource);
  const group = found?.group ?? definition.group;
  return {
    apiVersion: apiVersionOf(group, found?.version ?? definition.version),
    kind: found?.kind ?? definition.kind,
  };
}

/**
 * What of a configuration counts: a resource's status is applied through `status` alone and nothing else there; a
 * Scale's replicas are those of the workload.
 */
function configurationOf(target: Target, config: JsonObject): JsonObject {
  const { definition, subresource } = target;
  const { apiVersion, kind, metadata, status, ...rest } = config;
  const head = { ...(apiVersion === undefined ? {} : { apiVersion }), ...(kind === undefined ? {} : { kind }) };
  const meta = metadata === undefined ? {} : { metadata };
  if (subresource === 'scale') return scaleConfiguration(target, config);
  if (subresource === 'status') return { ...head, ...meta, ...(status === undefined ? {} : { status }) };
  return definition.subresources.some(({ name }) => name === 'status') ? { ...head, ...meta, ...rest } : config;
}

function scaleConfiguration({ definition }: Target, scale: JsonObject): JsonObject {
  const { managedFields, resourceVersion } = objectOf(scale, 'metadata') ?? {};
  const replicas = objectOf(scale, 'spec')?.['replicas'];
  return {
    apiVersion: apiVersionOf(definition.group, definition.version),
    kind: definition.kind,
    metadata: {
      ...(managedFields === undefined ? {} : { managedFields }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    ...(replicas === undefined ? {} : { spec: { replicas } }),
  };
}

/** Refuses an object whose name or namespace is not that of the URL. */
function placeRefusal(target: Target, object: JsonObject): Rejection | undefined {
  const metadata = objectOf(object, 'metadata');
  const name = textOf(metadata, 'name');
  if (name === '') {
    return badRequest(
      `the name of the object (${target.name} based on URL) was undeterminable: resource name may not be empty`,
    );
  }
  if (name !== target.name) {
    return badRequest(`the name of the object (${name}) does not match the name on the URL (${target.name})`);
  }
  const namespace = textOf(metadata, 'namespace');
  if (namespace === '' || namespace === target.namespace) return undefined;
  return badRequest(
    `the namespace of the object (${namespace}) does not match the namespace on the request (${target.namespace})`,
  );
}
