import { assertNever } from '@taffrail/platform/assert';
import { EVENTS_PER_COMMIT } from '@taffrail/platform/brand';
import {
  alreadyExists,
  badRequest,
  conflict,
  isRejection,
  MODIFIED,
  notFound,
  type Rejection,
  type RejectionCause,
} from '@taffrail/machinery/rejection';
import type { DecisionContext, TransactionCommand, TransactionItem } from '../command.ts';
import { randomOf } from '../seed.ts';
import { decideApply } from './apply.ts';
import { decide } from './decide.ts';
import type { Answer, Decided, Decision, Draft, ItemAnswer, ItemResult } from './decision.ts';
import { targetOf } from './drafting.ts';
import type { DecideState } from './state.ts';

/** A state that takes the changes of a transaction's items in as they are decided. */
export interface Speculation {
  readonly state: DecideState;
  add(drafts: readonly Draft[]): void;
}

/**
 * Decides a transaction: each item on what those before it made, and all of them or none. A refusal names every item
 * that is refused, each with its place (`items[3]`), kind and name; items behind one may be refused because of it.
 */
export function decideTransaction(
  speculation: Speculation,
  { items }: TransactionCommand,
  context: DecisionContext,
): Decision {
  const impossible = impossibleTransaction(items);
  if (impossible !== undefined) return impossible;
  // A dry run is decided like the real thing, so that items see what those before them would have made.
  const asked: DecisionContext = { ...context, dryRun: false };
  const seeds = randomOf(context.seed);
  const drafts: Draft[] = [];
  const answers: ItemAnswer[] = [];
  const refused: RefusedItem[] = [];
  for (const [index, item] of items.entries()) {
    const word = (): number => Math.floor(seeds.next() * 2 ** 32);
    const decision = decideItem(speculation.state, item, { ...asked, seed: [word(), word(), word(), word()] });
    if (isRejection(decision)) {
      refused.push({ index, item, rejection: decision });
      continue;
    }
    answers.push(itemAnswer(decision, drafts.length));
    drafts.push(...decision.drafts.map((draft) => moved(draft, drafts.length)));
    speculation.add(decision.drafts);
  }
  if (refused.length > 0) return refusalOf(refused);
  return {
    drafts,
    answer: { type: 'transaction', items: answers },
    warnings: answers.flatMap((answer) => answer.warnings),
    created: false,
    removed: false,
  };
}

/** A decided transaction as its dry run: nothing changes, and what would have been made is shown. */
export function imagined(decision: Decided): Decided {
  if (decision.answer.type !== 'transaction') return decision;
  const items = decision.answer.items.map((item) => ({
    ...item,
    answer: imaginedAnswer(item.answer, decision.drafts),
  }));
  return { ...decision, drafts: [], answer: { type: 'transaction', items } };
}

function imaginedAnswer(answer: Answer, drafts: readonly Draft[]): Answer {
  if (answer.type !== 'draft') return answer;
  const draft = drafts[answer.index];
  if (draft === undefined) return answer;
  const view = answer.view === undefined ? {} : { view: answer.view };
  return { type: 'imagined', contents: draft.contents, present: draft.previous, ...view };
}

function impossibleTransaction(items: readonly TransactionItem[]): Rejection | undefined {
  if (items.length === 0) return badRequest('a transaction has at least one item');
  if (items.length > EVENTS_PER_COMMIT) {
    return {
      rejected: true,
      reason: 'RequestEntityTooLarge',
      code: 413,
      message: `Request entity too large: a transaction of ${items.length} items; one commit holds ${EVENTS_PER_COMMIT} changes`,
    };
  }
  const misplaced = items.flatMap((item, index): readonly RefusedItem[] => {
    const { definition } = item.command.target;
    if (definition.storage === 'forever') return [];
    const why = `${definition.resource} are not kept for ever and cannot be part of a transaction`;
    return [{ index, item, rejection: badRequest(why) }];
  });
  return misplaced.length === 0 ? undefined : refusalOf(misplaced);
}

function decideItem(
  state: DecideState,
  { command, preconditions }: TransactionItem,
  context: DecisionContext,
): Decision {
  const refusal = preconditionRefusal(state, { command, preconditions });
  if (refusal !== undefined) return refusal;
  return command.type === 'apply' ? decideApply(state, command, context) : decide(state, command, context);
}

function preconditionRefusal(state: DecideState, { command, preconditions }: TransactionItem): Rejection | undefined {
  const { exists, uid, resourceVersion } = preconditions;
  const { target } = command;
  const name = target.name === '' && command.type === 'create' ? (command.object.metadata.name ?? '') : target.name;
  const aim = targetOf(target, name);
  const present = state.own.get(target.definition, target.namespace, name);
  const required = exists === true || uid !== undefined || resourceVersion !== undefined;
  if (present === undefined) return required ? notFound(aim) : undefined;
  if (exists === false) return alreadyExists(aim);
  if (uid !== undefined && uid !== present.uid) {
    return conflict(aim, `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${present.uid}`);
  }
  if (resourceVersion !== undefined && resourceVersion !== String(present.revision)) return conflict(aim, MODIFIED);
  return undefined;
}

function itemAnswer(decision: Decided, offset: number): ItemAnswer {
  const { answer, warnings } = decision;
  const placed: Answer = answer.type === 'draft' ? { ...answer, index: answer.index + offset } : answer;
  return { answer: placed, result: resultOf(decision), warnings };
}

function resultOf({ drafts: [draft], created, removed }: Decided): ItemResult {
  if (draft === undefined) return 'unchanged';
  if (created) return 'created';
  if (removed) return 'deleted';
  return draft.request.verb === 'delete' ? 'deleting' : 'configured';
}

/** A draft's cause lies in the same transaction; it keeps pointing at it from the draft's new place. */
function moved(draft: Draft, offset: number): Draft {
  return draft.becauseOf === undefined ? draft : { ...draft, becauseOf: draft.becauseOf + offset };
}

interface RefusedItem {
  readonly index: number;
  readonly item: TransactionItem;
  readonly rejection: Rejection;
}

/** Answers as the first refused item would alone, with a cause for each of them. */
function refusalOf(refused: readonly RefusedItem[]): Rejection {
  const [first] = refused as readonly [RefusedItem, ...RefusedItem[]];
  const others = refused.length - 1;
  const more = others === 0 ? '' : ` (and ${others} more)`;
  const { reason, code, details } = first.rejection;
  return {
    rejected: true,
    reason,
    code,
    message: `nothing was changed: items[${first.index}]: ${first.rejection.message}${more}`,
    details: { ...details, causes: refused.flatMap(causesOf) },
  };
}

function causesOf({ index, item, rejection }: RefusedItem): readonly RejectionCause[] {
  const place = `items[${index}]`;
  const whole: RejectionCause = {
    reason: rejection.reason === '' ? 'InternalError' : rejection.reason,
    message: `${nameOf(item)}: ${rejection.message}`,
    field: place,
  };
  const inside = (rejection.details?.causes ?? []).map((cause) => ({
    ...cause,
    field: cause.field === '' ? place : `${place}.${cause.field}`,
  }));
  return [whole, ...inside];
}

/** `Deployment default/web`: what an item is about. */
function nameOf({ command }: TransactionItem): string {
  const { target } = command;
  const name = target.name === '' && 'object' in command ? (command.object.metadata.name ?? '') : target.name;
  const place = target.namespace === '' ? name : `${target.namespace}/${name}`;
  switch (command.type) {
    case 'create':
    case 'update':
    case 'patch':
    case 'apply':
    case 'delete':
      return `${target.definition.kind} ${place}`;
    default:
      return assertNever(command);
  }
}
