import { createHash } from 'node:crypto';
import { assert } from '@taffrail/platform/assert';
import { limits } from '@taffrail/platform/limits';
import type { Uid } from '@taffrail/platform/brand';
import { newUid } from '@taffrail/platform/random';
import { withOwners, type OwnerName } from '@taffrail/history/undo/owners';
import { contentOf } from '@taffrail/history/undo/restored-object';
import { actionInWords, type UndoAction, type UndoPlan } from '@taffrail/history/undo/undo-plan';
import { isRejection, type Rejection } from '@taffrail/machinery/rejection';
import { findKind, findResource } from '@taffrail/resources/registry';
import type { ResourceDefinition } from '@taffrail/resources/definition';
import type { JsonObject } from '@taffrail/resources/json';
import type { KubeObject } from '@taffrail/resources/object';
import type { TransactionItem } from '@taffrail/state/command';
import type { Outcome } from '@taffrail/state/state-machine';
import type { User } from '../auth/identity.ts';
import { answerValue } from '../http/answer.ts';
import type { Exchange } from '../http/exchange.ts';
import { PLAIN_JSON } from '../http/negotiation.ts';
import type { PathRequest } from '../http/parsed-request.ts';
import { METHOD_NOT_ALLOWED, UNKNOWN_RESOURCE } from '../http/rejections.ts';
import type { ApiContext, ResourceCall } from './context.ts';
import type { PastTools } from './past-access.ts';
import { anyVersionOf } from './past-moment.ts';
import { pastScope } from './past-path.ts';
import { plannedUndo, type PlannedUndo } from './plan-undo.ts';
import { deniedItem } from './transaction.ts';
import { undoRequest, type UndoRequest } from './undo-body.ts';
import { requestContext } from './write.ts';
import { writeOptions } from './write-options.ts';

/**
 * Answers `POST /apis/taffrail.dev/v1/undo` (docs/undo-api.md): plans how objects become what they were, and carries the plan
 * out in one transaction, or with `?dryRun=All` only shows it. The plan is fenced by what it saw; where that changes before
 * the commit, it is made anew, and when it is then another plan than the one the client has seen, it is refused.
 */
export async function answerUndo(
  tools: PastTools,
  exchange: Exchange,
  user: User,
  request: PathRequest,
  trace: ResourceCall['trace'],
): Promise<Rejection | undefined> {
  if (request.verb !== 'post') return METHOD_NOT_ALLOWED;
  if (Object.keys(pastScope(request.segments) ?? { other: '' }).length > 0) return UNKNOWN_RESOURCE;
  const options = writeOptions(request.query, 'CreateOptions', exchange.header('user-agent') ?? '');
  if (isRejection(options)) return options;
  const asked = undoRequest(await exchange.body(limits.undoBodyBytes));
  if (isRejection(asked)) return asked;
  const { context } = tools;
  const submit = async (items: readonly TransactionItem[]): Promise<Outcome> =>
    await context.state.submit(
      { type: 'transaction', items },
      requestContext(context, { exchange, user, trace }, options),
      exchange.signal,
    );
  const done = await undone(tools, user, asked, { dryRun: options.dryRun, submit, signal: exchange.signal });
  if (isRejection(done)) return done;
  answerValue(exchange, 200, PLAIN_JSON, done);
  return undefined;
}

interface Attempt {
  readonly dryRun: boolean;
  readonly submit: (items: readonly TransactionItem[]) => Promise<Outcome>;
  readonly signal: AbortSignal;
}

async function undone(
  tools: PastTools,
  user: User,
  asked: UndoRequest,
  { dryRun, submit, signal }: Attempt,
): Promise<UndoAnswer | Rejection> {
  for (let attempt = 1; ; attempt++) {
    const planned = await plannedUndo(tools, user, asked, signal);
    if (isRejection(planned)) return planned;
    const { plan } = planned;
    const digest = digestOf(plan);
    const refusal = dryRun ? undefined : refusalOf(plan, digest, asked);
    if (refusal !== undefined) return refusal;
    if (plan.actions.length === 0) return answerOf(planned, digest, { done: !dryRun });
    const items = itemsOf(tools.context, plan);
    const denied = deniedItem(tools.authorizer, user, items);
    if (denied !== undefined) return denied;
    const outcome = await submit(items);
    if (!isRejection(outcome)) {
      return answerOf(planned, digest, { done: !dryRun, ...(dryRun ? {} : { end: String(outcome.end) }) });
    }
    // Somebody wrote between the plan and its commit: it is planned anew, and stands if nothing about it is different.
    const stale = outcome.reason === 'Conflict' || outcome.reason === 'AlreadyExists' || outcome.reason === 'NotFound';
    if (!stale || attempt >= limits.undoAttemptsCount) {
      return dryRun ? answerOf(planned, digest, { done: false, refusal: outcome }) : outcome;
    }
  }
}

/** Why a plan is not carried out. */
function refusalOf({ conflicts }: UndoPlan, digest: string, { force, plan }: UndoRequest): Rejection | undefined {
  if (plan !== '' && plan !== digest) {
    return conflictOf('what is to be undone has changed since the plan was made: look at it again', []);
  }
  const standing = conflicts.filter(({ overridable }) => !(force && overridable));
  if (standing.length === 0) return undefined;
  const [first] = standing;
  const more = standing.length === 1 ? '' : ` (and ${standing.length - 1} more)`;
  const what = first === undefined ? '' : `${first.about.kind} ${first.about.name}: ${first.why}`;
  return conflictOf(`nothing was changed: ${what}${more}`, standing);
}

function conflictOf(message: string, conflicts: UndoPlan['conflicts']): Rejection {
  return {
    rejected: true,
    reason: 'Conflict',
    code: 409,
    message,
    details: {
      causes: conflicts.map(({ about, why }) => ({
        reason: 'Conflict',
        message: `${about.kind} ${about.name}: ${why}`,
        field: '',
      })),
    },
  };
}

/** What a plan would write, whatever else about the objects changes meanwhile. */
function digestOf({ actions }: UndoPlan): string {
  const written = actions.map(({ type, key, object }) => [type, key, object === undefined ? null : contentOf(object)]);
  return createHash('sha256').update(JSON.stringify(written)).digest('hex');
}

/** The transaction of a plan. New uids are chosen here, because dependents name those of their owners. */
function itemsOf(context: ApiContext, { actions, renewals }: UndoPlan): readonly TransactionItem[] {
  const chosen = new Map<string, Uid>();
  for (const { type, formerUid } of actions) {
    if (type === 'create' && formerUid !== undefined) chosen.set(formerUid, newUid(context.random));
  }
  return actions.map((action): TransactionItem => {
    const definition = definitionOf(action);
    const { namespace, name } = action.key;
    const renewed = (owner: OwnerName): string | undefined =>
      chosen.get(owner.uid) ?? renewals.get(owner.uid) ?? (isAlive(context, owner, namespace) ? owner.uid : undefined);
    const target = { definition, namespace, name, subresource: '' };
    const object = action.object === undefined ? undefined : asKubeObject(withOwners(action.object, renewed));
    const { present, formerUid = '' } = action;
    const fence = present === undefined ? {} : { uid: present.uid, resourceVersion: String(present.revision) };
    if (object === undefined) {
      return {
        command: { type: 'delete', target, options: { propagationPolicy: 'Background' } },
        preconditions: fence,
      };
    }
    if (action.type === 'update') {
      return { command: { type: 'update', target, object }, preconditions: { exists: true, ...fence } };
    }
    const uid = chosen.get(formerUid);
    const command = { type: 'create', target, object, ...(uid === undefined ? {} : { uid }) } as const;
    return { command, preconditions: { exists: false } };
  });
}

function definitionOf({ about, key }: UndoAction): ResourceDefinition {
  const found = findResource(key.group, about.version, key.resource) ?? anyVersionOf(key.group, key.resource);
  assert(found !== undefined, 'plans are of kinds that are served');
  return found;
}

/** Whether an owner is still there, as the object that was meant. */
function isAlive({ state }: ApiContext, { apiVersion, kind, name, uid }: OwnerName, namespace: string): boolean {
  const slash = apiVersion.indexOf('/');
  const definition = findKind(slash < 0 ? '' : apiVersion.slice(0, slash), apiVersion.slice(slash + 1), kind);
  if (definition === undefined) return true; // of a kind that we cannot look into: left as it is
  return state.get(definition, definition.namespaced ? namespace : '', name)?.uid === uid;
}

function asKubeObject(object: JsonObject): KubeObject {
  return object as unknown as KubeObject;
}

interface UndoAnswer {
  readonly rejected?: never;
  readonly kind: 'UndoPlan';
  readonly [member: string]: unknown;
}

function answerOf(
  { plan, to }: PlannedUndo,
  digest: string,
  { done, end, refusal }: { readonly done: boolean; readonly end?: string; readonly refusal?: Rejection },
): UndoAnswer {
  return {
    kind: 'UndoPlan',
    apiVersion: 'taffrail.dev/v1',
    metadata: end === undefined ? {} : { resourceVersion: end },
    to: String(to),
    plan: digest,
    done,
    actions: plan.actions.map((action) => ({
      action: action.type,
      about: action.about,
      changes: action.changes,
      summary: actionInWords(action),
    })),
    left: plan.left,
    conflicts: plan.conflicts,
    ...(refusal === undefined
      ? {}
      : {
          refusal: { reason: refusal.reason, code: refusal.code, message: refusal.message, details: refusal.details },
        }),
  };
}
