import { parseRfc3339, rfc3339Seconds } from '@taffrail/platform/clock';
import { jsonEqual } from '@taffrail/machinery/json-walk';
import { cloneJson, type MutableJsonObject } from '@taffrail/resources/json';
import type { DecisionContext, DeleteOptions, Target } from '../command.ts';
import type { LiveObject } from '../live-object.ts';
import type { Decision } from './decision.ts';
import { decided, draftOf, isCore, unchanged, type requestKind } from './drafting.ts';
import { asKubeObject, finalizersOf, metadataOf, objectOf, textOf, type WorkingObject } from './metadata.ts';

/** The deletion of an object whose preconditions hold. */
export function deleteObject(
  target: Target,
  present: LiveObject,
  options: DeleteOptions,
  context: DecisionContext,
  request: ReturnType<typeof requestKind>,
): Decision & { readonly rejected?: never } {
  const { definition } = target;
  const object = cloneJson(present.contents()) as WorkingObject;
  const step = stepOf(target, object, options, context.nowMs);
  if (step === 'nothing' || (step === 'mark' && jsonEqual(asKubeObject(object), present.contents()))) {
    return unchanged(present);
  }
  const verb = step === 'remove' ? 'deleted' : 'updated';
  return decided(draftOf(verb, definition, object, present, context, request), context);
}

type Step =
  /** It is being deleted already and this request changes nothing about it. */
  | 'nothing'
  /** The object stays, marked. */
  | 'mark'
  | 'remove';

/** Marks an object for deletion, in place, and says whether it goes now. */
function stepOf(target: Target, object: WorkingObject, options: DeleteOptions, nowMs: number): Step {
  if (isCore(target, 'namespaces')) return namespaceStep(target, object, options, nowMs);
  const grace = isCore(target, 'pods') ? gracefulStep(object, options, nowMs) : 'not graceful';
  if (grace === 'pending') return 'nothing';
  const metadata = metadataOf(object);
  setGarbageFinalizers(target, metadata, options);
  const waits = finalizersOf(object).length > 0;
  if (grace !== 'not graceful') return waits || grace > 0 ? 'mark' : 'remove';
  if (waits) markAsDeleting(metadata, nowMs);
  return waits ? 'mark' : 'remove';
}

/** A pod's grace period in seconds, written into it; 'pending' when an earlier request's still runs. */
function gracefulStep(
  object: WorkingObject,
  options: DeleteOptions,
  nowMs: number,
): number | 'pending' | 'not graceful' {
  const metadata = metadataOf(object);
  const asked =
    options.gracePeriodSeconds === undefined ? undefined : atLeastOneWhenNegative(options.gracePeriodSeconds);
  const deletionTimestamp = textOf(metadata, 'deletionTimestamp');
  if (deletionTimestamp !== '') {
    const running = metadata['deletionGracePeriodSeconds'];
    if (typeof running !== 'number') return 'not graceful';
    const runningSeconds = atLeastOneWhenNegative(running);
    // A grace period may only become shorter.
    if (asked === undefined || asked >= runningSeconds) return 'pending';
    const askedAtMs = (parseRfc3339(deletionTimestamp) ?? nowMs) - runningSeconds * 1000;
    metadata['deletionTimestamp'] = rfc3339Seconds(askedAtMs + asked * 1000);
    metadata['deletionGracePeriodSeconds'] = asked;
    return asked;
  }
  const seconds = podGraceSeconds(object, asked);
  metadata['deletionTimestamp'] = rfc3339Seconds(nowMs + seconds * 1000);
  metadata['deletionGracePeriodSeconds'] = seconds;
  raiseGeneration(metadata);
  return seconds;
}

/** A pod that no node runs has nothing to wind down. */
function podGraceSeconds(pod: WorkingObject, asked: number | undefined): number {
  const spec = objectOf(pod, 'spec');
  const phase = textOf(objectOf(pod, 'status'), 'phase');
  if (textOf(spec, 'nodeName') === '' || phase === 'Failed' || phase === 'Succeeded') return 0;
  const own = spec?.['terminationGracePeriodSeconds'];
  return atLeastOneWhenNegative(asked ?? (typeof own === 'number' ? own : 0));
}

function atLeastOneWhenNegative(seconds: number): number {
  return seconds < 0 ? 1 : seconds;
}

/** The first deletion of a namespace marks it Terminating; it goes when its content and then its finalizers are gone. */
function namespaceStep(target: Target, object: WorkingObject, options: DeleteOptions, nowMs: number): Step {
  const metadata = metadataOf(object);
  if (textOf(metadata, 'deletionTimestamp') === '') {
    metadata['deletionTimestamp'] = rfc3339Seconds(nowMs);
    object['status'] = { ...(objectOf(object, 'status') as MutableJsonObject | undefined), phase: 'Terminating' };
    setGarbageFinalizers(target, metadata, options);
    return 'mark';
  }
  const finalizers = objectOf(object, 'spec')?.['finalizers'];
  if (Array.isArray(finalizers) && finalizers.length > 0) return 'nothing';
  setGarbageFinalizers(target, metadata, options);
  if (finalizersOf(object).length === 0) return 'remove';
  markAsDeleting(metadata, nowMs);
  return 'mark';
}

function markAsDeleting(metadata: MutableJsonObject, nowMs: number): void {
  const marked = parseRfc3339(textOf(metadata, 'deletionTimestamp'));
  if (marked === undefined) raiseGeneration(metadata);
  if (marked === undefined || marked > nowMs) metadata['deletionTimestamp'] = rfc3339Seconds(nowMs);
  metadata['deletionGracePeriodSeconds'] = 0;
}

function raiseGeneration(metadata: MutableJsonObject): void {
  const generation = metadata['generation'];
  if (typeof generation === 'number' && generation > 0) metadata['generation'] = generation + 1;
}

const ORPHAN = 'orphan';
const FOREGROUND = 'foregroundDeletion';

/** Resources whose dependents stay unless somebody says otherwise, as they did before there was a choice. */
const ORPHANING: ReadonlySet<string> = new Set(['/replicationcontrollers', 'batch/jobs']);

/** Puts the garbage collector's finalizers as `propagationPolicy` asks; without one, as they are or the kind has it. */
function setGarbageFinalizers({ definition }: Target, metadata: MutableJsonObject, options: DeleteOptions): void {
  const policy = options.propagationPolicy;
  const present = finalizersOf({ metadata });
  const foreground = policy === undefined ? present.includes(FOREGROUND) : policy === 'Foreground';
  const byKind = !foreground && ORPHANING.has(`${definition.group}/${definition.resource}`);
  const orphan = policy === undefined ? present.includes(ORPHAN) || byKind : policy === 'Orphan';
  if (orphan === present.includes(ORPHAN) && foreground === present.includes(FOREGROUND)) return;
  const others = present.filter((name) => name !== ORPHAN && name !== FOREGROUND);
  const finalizers = [...others, ...(orphan ? [ORPHAN] : []), ...(foreground ? [FOREGROUND] : [])];
  if (finalizers.length === 0) delete metadata['finalizers'];
  else metadata['finalizers'] = finalizers;
}
