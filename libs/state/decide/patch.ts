import { assertNever } from '@taffrail/platform/assert';
import { goText } from '@taffrail/machinery/patch/go-text';
import { applyJsonPatch } from '@taffrail/machinery/patch/json-patch';
import { applyMergePatch } from '@taffrail/machinery/patch/merge-patch';
import type { PatchResult } from '@taffrail/machinery/patch/patched';
import { applyStrategicMergePatch } from '@taffrail/machinery/patch/strategic-merge-patch';
import { badRequest, isRejection, notFound, type Rejection } from '@taffrail/machinery/rejection';
import type { JsonObject } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import type { Command, DecisionContext, PatchType } from '../command.ts';
import type { Decision } from './decision.ts';
import { requestKind, targetOf } from './drafting.ts';
import { objectOf, textOf } from './metadata.ts';
import { replaceScale, scaleOf } from './scale.ts';
import { decideServerSideApply } from './server-side-apply.ts';
import type { DecideState } from './state.ts';
import { replaceObject } from './update.ts';

type PatchCommand = Extract<Command, { type: 'patch' }>;

/**
 * Decides a patch: computed here, on the newest state, so that clients who patch one object at the same time never
 * conflict. Clients patch what they read, so the document carries its resourceVersion; a patch that sets it asks for
 * that revision.
 */
export function decidePatch(state: DecideState, command: PatchCommand, context: DecisionContext): Decision {
  const { target } = command;
  const { definition } = target;
  if (command.patchType === 'apply') return decideServerSideApply(state, command, context);
  const present = state.own.get(definition, target.namespace, target.name);
  if (present === undefined) return notFound(targetOf(target));

  const isScale = target.subresource === 'scale';
  const conversion = target.served?.conversion;
  const current = conversion === undefined ? present.object() : conversion.fromStorage(present.object());
  const patched = patchedDocument(state, command, command.patchType, isScale ? scaleOf(current) : current);
  if (isRejection(patched)) return patched;
  const asked = { ...target, definition: target.served ?? definition };
  // A refusal shows what came of the patch; of a strategic one, the patch itself.
  const shown = command.patchType === 'strategic' ? () => goText(command.patch) : undefined;
  // What is stored was read as a body once, and what other versions and scales are made of it was not.
  const known = conversion === undefined && !isScale ? current : undefined;
  const read = state.settings.readPatched(patched.document, asked, command.fieldValidation, { shown, patched: known });
  if (isRejection(read)) return read;
  const object = conversion === undefined ? read.object : conversion.toStorage(read.object);
  const name = textOf(objectOf(object, 'metadata'), 'name');
  if (name !== target.name) {
    return badRequest(`the name of the object (${name}) does not match the name on the URL (${target.name})`);
  }
  const request = requestKind(command, context);
  const decision = isScale
    ? replaceScale(state, target, present, object, context, request)
    : replaceObject(state, { target, present, object, context, request });
  if (isRejection(decision) || read.warnings.length === 0) return decision;
  return { ...decision, warnings: [...read.warnings, ...decision.warnings] };
}

function patchedDocument(
  state: DecideState,
  { target, patch }: PatchCommand,
  patchType: Exclude<PatchType, 'apply'>,
  document: KubeObject,
): PatchResult {
  switch (patchType) {
    case 'json':
      return applyJsonPatch(document, patch);
    case 'merge':
      return applyMergePatch(document, patch);
    case 'strategic': {
      const schema = state.settings.patchSchema(target.served ?? target.definition);
      return schema === undefined ? strategicNotSupported() : applyStrategicMergePatch(document, patch, schema);
    }
    default:
      return assertNever(patchType);
  }
}

/** Reads a patched document as a body is read: right types, unknown fields as the client wants them treated. */
export type ReadPatched = (
  document: JsonObject,
  target: PatchCommand['target'],
  fieldValidation: PatchCommand['fieldValidation'],
  beside?: {
    /** What a refusal shows; the document by default. */
    readonly shown?: (() => string) | undefined;
    /** What was patched, where it is an object of the kind: what the document shares with it fits. */
    readonly patched?: JsonObject | undefined;
  },
) => PatchedObject | Rejection;

export interface PatchedObject {
  readonly rejected?: never;
  readonly object: KubeObject;
  readonly warnings: readonly string[];
}

function strategicNotSupported(): Rejection {
  return {
    rejected: true,
    reason: 'UnsupportedMediaType',
    code: 415,
    message:
      'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json',
  };
}
