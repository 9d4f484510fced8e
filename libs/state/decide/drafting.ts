import { assert, assertNever } from '@taffrail/platform/assert';
import { uid } from '@taffrail/platform/brand';
import type { EventVerb, RequestKind } from '@taffrail/log/event';
import { encodeObject } from '@taffrail/log/object-bytes';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import { apiVersionOf } from '@taffrail/resources/object';
import type { Command, DecisionContext, Target } from '../command.ts';
import type { LiveObject } from '../live-object.ts';
import type { Answer, Decided, Draft, ObjectView } from './decision.ts';
import { asKubeObject, metadataOf, textOf, type WorkingObject } from './metadata.ts';

/** What kind of request a command is, for the log. */
export function requestKind(command: Command, context: DecisionContext): RequestKind {
  const { subresource } = command.target;
  if (context.system === true) return { verb: 'system', subresource };
  switch (command.type) {
    case 'create':
      return { verb: subresource === 'binding' ? 'bind' : 'create', subresource };
    case 'patch':
      return { verb: command.patchType === 'apply' ? 'apply' : 'patch', subresource };
    case 'delete-collection':
      return { verb: 'deletecollection', subresource };
    case 'update':
    case 'delete':
      return { verb: command.type, subresource };
    default:
      return assertNever(command);
  }
}

/** Turns a finished object into a draft. The object is not changed any more afterwards. */
export function draftOf(
  verb: EventVerb,
  definition: ResourceDefinition,
  object: WorkingObject,
  previous: LiveObject | undefined,
  context: DecisionContext,
  request: RequestKind,
): Draft {
  const contents = asKubeObject({
    ...object,
    kind: definition.kind,
    apiVersion: apiVersionOf(definition.group, definition.version),
  });
  const metadata = metadataOf(object);
  const name = textOf(metadata, 'name');
  const ownUid = uid(textOf(metadata, 'uid'));
  assert(name !== '', 'an object that is stored has a name');
  assert(previous === undefined || previous.uid === ownUid, 'an object keeps its uid for life');
  return {
    verb,
    definition,
    key: {
      group: definition.group,
      resource: definition.resource,
      namespace: definition.namespaced ? textOf(metadata, 'namespace') : '',
      name,
    },
    uid: ownUid,
    previous,
    contents,
    stored: encodeObject(contents),
    actor: context.actor,
    cause: context.cause,
    request,
  };
}

/** The decision to change one object: the draft, or for a dry run what it would have made. */
export function decided(
  draft: Draft,
  context: DecisionContext,
  rest: { readonly warnings?: readonly string[]; readonly view?: ObjectView; readonly also?: readonly Draft[] } = {},
): Decided {
  const view = rest.view === undefined ? {} : { view: rest.view };
  const answer: Answer = context.dryRun
    ? { type: 'imagined', contents: draft.contents, present: draft.previous, ...view }
    : { type: 'draft', index: 0, ...view };
  return {
    drafts: context.dryRun ? [] : [draft, ...(rest.also ?? [])],
    answer,
    warnings: rest.warnings ?? [],
    created: draft.verb === 'created',
    removed: draft.verb === 'deleted',
  };
}

/** The decision to change nothing: the object as it stands answers. */
export function unchanged(
  object: LiveObject,
  rest: { readonly warnings?: readonly string[]; readonly view?: ObjectView } = {},
): Decided {
  return {
    drafts: [],
    answer: { type: 'present', object, ...(rest.view === undefined ? {} : { view: rest.view }) },
    warnings: rest.warnings ?? [],
    created: false,
    removed: false,
  };
}

/** Where a rejection says it was aimed. */
export function targetOf(
  target: Target,
  name = target.name,
): { group: string; resource: string; kind: string; name: string } {
  const { group, resource, kind } = target.definition;
  return { group, resource, kind, name };
}

/** Whether a target is a resource of the core group. */
export function isCore(target: Target, resource: 'nodes' | 'pods' | 'services' | 'namespaces'): boolean {
  return target.definition.group === '' && target.definition.resource === resource;
}
