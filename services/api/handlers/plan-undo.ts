import { limits } from '@taffrail/platform/limits';
import { revision, revisionOf, sequenceOf, type Revision } from '@taffrail/platform/brand';
import { metadataOf } from '@taffrail/history/undo/owners';
import { planTransactionUndo } from '@taffrail/history/undo/plan-transaction-undo';
import { planUndo } from '@taffrail/history/undo/plan-undo';
import type { Freedom } from '@taffrail/history/undo/restored-object';
import type { UndoAction, UndoPlan } from '@taffrail/history/undo/undo-plan';
import { badRequest, isRejection, notFound, type Rejection } from '@taffrail/machinery/rejection';
import { matchesLabels, type LabelSelector } from '@taffrail/machinery/selector';
import type { ChangedObject, ChangedObjectsQuery, RecordedChange } from '@taffrail/projection/read-model';
import { isJsonObject, type JsonObject } from '@taffrail/resources/json';
import type { Service } from '@taffrail/resources/generated/types';
import type { ObjectKey } from '@taffrail/resources/object';
import type { User } from '../auth/identity.ts';
import { accessDenied } from '../auth/forbidden.ts';
import type { ApiContext } from './context.ts';
import { resolveMoment, type AskedMoment } from './moment.ts';
import { mayRead, pastAccess, type PastScope, type PastTools } from './past-access.ts';
import { anyVersionOf, headRevision } from './past-moment.ts';
import { selectedChanges } from './selected-changes.ts';
import type { UndoRequest } from './undo-body.ts';

/** A plan and the moment that it goes back to. */
export interface PlannedUndo {
  readonly rejected?: never;
  readonly plan: UndoPlan;
  readonly to: Revision;
}

/** Plans an undo on what the projection shows now. */
export async function plannedUndo(
  tools: PastTools,
  user: User,
  { what, force }: UndoRequest,
  signal: AbortSignal,
): Promise<PlannedUndo | Rejection> {
  const planned =
    what.type === 'transaction'
      ? await transactionUndone(tools, user, { at: what.at, force }, signal)
      : await scopeUndone(tools, user, what, signal);
  return isRejection(planned) ? planned : { ...planned, plan: ofKnownKinds(planned.plan) };
}

/** What is of a kind that is not served any more cannot be written, whatever it was. */
function ofKnownKinds(plan: UndoPlan): UndoPlan {
  const isKnown = ({ key }: UndoAction): boolean => anyVersionOf(key.group, key.resource) !== undefined;
  const unknown = plan.actions.filter((action) => !isKnown(action));
  if (unknown.length === 0) return plan;
  const why = 'its kind is not served any more';
  return {
    ...plan,
    actions: plan.actions.filter(isKnown),
    conflicts: [...plan.conflicts, ...unknown.map(({ about }) => ({ about, why, overridable: false }))],
  };
}

async function scopeUndone(
  { context, authorizer }: PastTools,
  user: User,
  {
    scope,
    labels,
    to: asked,
  }: { readonly scope: PastScope; readonly labels: LabelSelector | undefined; readonly to: AskedMoment },
  signal: AbortSignal,
): Promise<PlannedUndo | Rejection> {
  const access = pastAccess(authorizer, user, scope);
  if (isRejection(access)) return access;
  const moment = await resolveMoment(context, asked, signal);
  if (isRejection(moment)) return moment;
  const head = await headRevision(context, signal);
  const within = { ...access, from: moment.revision, to: head };
  const changed = await changedIn(context, scope, within);
  if (isRejection(changed)) return changed;
  if (scope.name !== undefined && changed.length === 0) {
    const known = await context.readModel.changes({ log: 'LOG', ...scope, limit: 1 });
    if (known.changes.length === 0) return notFound({ group: '', resource: '', ...scope, name: scope.name });
  }
  const isAsked = (pair: { readonly wanted?: JsonObject; readonly present?: JsonObject }, key: ObjectKey): boolean =>
    isWithin(scope, key) &&
    (labels === undefined ||
      [pair.wanted, pair.present].some((object) => object !== undefined && matchesLabels(labels, labelsOf(object))));
  return { plan: planUndo(changed, isAsked, freedomOf(context), context.encrypts), to: moment.revision };
}

/**
 * What changed in a scope, and with it what may depend on it: the content of a namespace, and beside an object that is
 * gone its whole namespace.
 */
async function changedIn(
  context: ApiContext,
  scope: PastScope,
  within: Pick<ChangedObjectsQuery, 'from' | 'to' | 'resources'>,
): Promise<readonly ChangedObject[] | Rejection> {
  const { name, namespace = '' } = scope;
  if (name === undefined) {
    const content = await allChanged(context, { ...scope, ...within });
    if (isRejection(content) || scope.resource !== undefined || namespace === '') return content;
    return [...(await namespaceItself(context, namespace, within)), ...content];
  }
  const { objects: own } = await context.readModel.changedObjects({ ...scope, ...within, limit: 1 });
  const [object] = own;
  if (object?.from === undefined || object.to !== undefined) return own;
  const isNamespace = scope.group === '' && scope.resource === 'namespaces';
  const around = isNamespace ? name : namespace;
  if (around === '') return own;
  const neighbours = await allChanged(context, { ...within, namespace: around });
  return isRejection(neighbours) || !isNamespace ? neighbours : [object, ...neighbours];
}

async function namespaceItself(
  { readModel }: ApiContext,
  name: string,
  within: Pick<ChangedObjectsQuery, 'from' | 'to'>,
): Promise<readonly ChangedObject[]> {
  const { objects } = await readModel.changedObjects({
    ...within,
    group: '',
    resource: 'namespaces',
    namespace: '',
    name,
    limit: 1,
  });
  return objects;
}

async function allChanged(
  { readModel }: ApiContext,
  query: Omit<ChangedObjectsQuery, 'limit'>,
): Promise<readonly ChangedObject[] | Rejection> {
  const found: ChangedObject[] = [];
  let bytes = 0;
  for (;;) {
    const afterKey = found.at(-1)?.key;
    const { objects, more } = await readModel.changedObjects({
      ...query,
      ...(afterKey === undefined ? {} : { afterKey }),
      limit: limits.diffObjectsCount,
    });
    found.push(...objects);
    if (!more) return found;
    for (const { from, to } of objects) bytes += (from?.stored.byteLength ?? 0) + (to?.stored.byteLength ?? 0);
    if (found.length >= limits.undoObjectsCount || bytes >= limits.undoObjectsBytes) {
      return {
        rejected: true,
        reason: 'RequestEntityTooLarge',
        code: 413,
        message: `${found.length} objects and more have changed since: undo parts of it, by a labelSelector or object by object`,
      };
    }
  }
}

/** Whether a key is of a scope. A namespace belongs to itself. */
function isWithin({ group, resource, namespace, name }: PastScope, key: ObjectKey): boolean {
  const itself = key.group === '' && key.resource === 'namespaces' && key.name === namespace && resource === undefined;
  return (
    (resource === undefined || (resource === key.resource && group === key.group)) &&
    (namespace === undefined || namespace === key.namespace || itself) &&
    (name === undefined || name === key.name)
  );
}

function labelsOf(object: JsonObject): Readonly<Record<string, string>> {
  const { labels } = metadataOf(object);
  return isJsonObject(labels) ? (labels as Readonly<Record<string, string>>) : {};
}

const EVERYTHING = { field: undefined, labels: undefined } as const;

async function transactionUndone(
  { context, authorizer }: PastTools,
  user: User,
  { at, force }: { readonly at: Revision; readonly force: boolean },
  signal: AbortSignal,
): Promise<PlannedUndo | Rejection> {
  await headRevision(context, signal);
  const { readModel, state } = context;
  const [event] = (
    await readModel.changes({
      log: 'LOG',
      after: revision(Math.max(0, at - 1)),
      before: revision(at + 1),
      limit: 1,
    })
  ).changes;
  if (event === undefined) return badRequest(`no change has the revision ${at}`);
  const { transactionStart, transactionEnd } = event.event;
  const first = revisionOf(sequenceOf(at), transactionStart);
  const last = revisionOf(sequenceOf(at), transactionEnd);
  const bounds = { after: revision(first - 1), before: revision(last + 1) };
  const transaction: RecordedChange[] = [];
  for await (const { change } of selectedChanges(readModel, { log: 'LOG', ...bounds }, EVERYTHING)) {
    if (change !== undefined) transaction.push(change);
  }
  for (const { event: one } of transaction) {
    if (mayRead(authorizer, user, one)) continue;
    return accessDenied(user, { type: 'resource', verb: 'get', subresource: '', ...keyOf(one) }, '');
  }
  const presentOf = (key: ObjectKey) => {
    const definition = anyVersionOf(key.group, key.resource);
    return definition === undefined ? undefined : state.get(definition, key.namespace, key.name);
  };
  return {
    plan: planTransactionUndo(transaction, presentOf, freedomOf(context), force, context.encrypts),
    to: bounds.after,
  };
}

function keyOf({ group, resource, namespace, name }: ObjectKey): ObjectKey {
  return { group, resource, namespace, name };
}

/** Which addresses and ports no Service has now. */
function freedomOf({ state }: ApiContext): Freedom {
  const definition = anyVersionOf('', 'services');
  const addresses = new Set<string>();
  const ports = new Set<number>();
  for (const object of definition === undefined ? [] : state.list(definition, undefined)) {
    const { spec } = object.contents() as unknown as Service;
    for (const address of spec?.clusterIPs ?? []) addresses.add(address);
    for (const port of spec?.ports ?? []) if (port.nodePort !== undefined) ports.add(port.nodePort);
    if (spec?.healthCheckNodePort !== undefined) ports.add(spec.healthCheckNodePort);
  }
  return { clusterIP: (address) => !addresses.has(address), nodePort: (port) => !ports.has(port) };
}
