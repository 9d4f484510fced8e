import { configurationPatch } from '@taffrail/machinery/patch/configuration-patch';
import { applyMergePatch } from '@taffrail/machinery/patch/merge-patch';
import { applyStrategicMergePatch } from '@taffrail/machinery/patch/strategic-merge-patch';
import { isRejection } from '@taffrail/machinery/rejection';
import { isJsonObject, type JsonObject, type JsonValue } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import type { ApplyCommand, DecisionContext } from '../command.ts';
import { decideCreate } from './create.ts';
import type { Decision } from './decision.ts';
import { requestKind } from './drafting.ts';
import { objectOf, textOf } from './metadata.ts';
import { updateUidConflict } from './preconditions.ts';
import type { DecideState } from './state.ts';
import { replaceObject } from './update.ts';

/** Where `kubectl apply` keeps what was applied last; using the same place, either may go on after the other. */
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

/**
 * Decides what `kubectl apply` does, on the newest state and therefore without a conflict: creates the object, or lays
 * over it what the configuration sets and takes away what the configuration applied last set and this one does not.
 * What others set meanwhile stays.
 */
export function decideApply(state: DecideState, command: ApplyCommand, context: DecisionContext): Decision {
  const { target, object } = command;
  const annotated = withLastApplied(object);
  const present = state.own.get(target.definition, target.namespace, target.name);
  const served = target.served ?? target.definition;
  const { conversion } = served;
  const toStorage = (one: KubeObject): KubeObject => (conversion === undefined ? one : conversion.toStorage(one));
  if (present === undefined) {
    return decideCreate(state, { type: 'create', target, object: toStorage(annotated) }, context);
  }
  const refusal = updateUidConflict(target, object, present);
  if (refusal !== undefined) return refusal;

  const schema = state.settings.patchSchema(served);
  const before = lastApplied(present.contents());
  const patch = configurationPatch(before, annotated, schema);
  const document = conversion === undefined ? present.object() : conversion.fromStorage(present.object());
  const patched =
    schema === undefined ? applyMergePatch(document, patch) : applyStrategicMergePatch(document, patch, schema);
  if (isRejection(patched)) return patched;
  const read = state.settings.readPatched(patched.document, { ...target, definition: served }, command.fieldValidation);
  if (isRejection(read)) return read;
  const request = requestKind(
    { type: 'patch', target, patchType: 'merge', patch, fieldValidation: command.fieldValidation, force: false },
    context,
  );
  const decision = replaceObject(state, { target, present, object: toStorage(read.object), context, request });
  if (isRejection(decision) || read.warnings.length === 0) return decision;
  return { ...decision, warnings: [...read.warnings, ...decision.warnings] };
}

/** The object with itself as its last applied configuration, as kubectl writes it: without that annotation, with a newline. */
function withLastApplied(object: KubeObject): KubeObject {
  const { [LAST_APPLIED]: _dropped, ...annotations } = object.metadata.annotations ?? {};
  const metadata = { ...object.metadata, annotations };
  const configuration = `${JSON.stringify({ ...object, metadata })}\n`;
  const annotated = { ...metadata, annotations: { ...annotations, [LAST_APPLIED]: configuration } };
  return { ...object, metadata: annotated as unknown as KubeObject['metadata'] };
}

/** What was applied last; nothing when that is not known or not readable, so that nothing is taken away. */
function lastApplied(contents: KubeObject): JsonObject {
  const text = textOf(objectOf(objectOf(contents, 'metadata'), 'annotations'), LAST_APPLIED);
  if (text === '') return {};
  try {
    const value = JSON.parse(text) as JsonValue;
    return isJsonObject(value) ? value : {};
  } catch {
    // The annotation is anybody's to write. Unreadable, it says nothing of what was applied.
    return {};
  }
}
