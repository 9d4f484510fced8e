import { limits } from '@taffrail/platform/limits';
import { isRejection } from '@taffrail/machinery/rejection';
import type { Command, DecisionContext } from '../command.ts';
import { converted } from '../converted.ts';
import { isBehind } from '../list-order.ts';
import { selects } from '../selection.ts';
import type { Answer, Decision, Draft } from './decision.ts';
import { releaseOf } from './delete.ts';
import { deleteObject } from './delete-object.ts';
import { requestKind } from './drafting.ts';
import { chargeQuotas } from './quota/charge.ts';
import { serviceAddresses } from './service-addresses.ts';
import type { DecideState } from './state.ts';

type DeleteCollectionCommand = Extract<Command, { type: 'delete-collection' }>;

/**
 * Decides the deletion of the selected objects, at most `limits.deleteCollectionCount` at a time; `more` in the answer
 * says that some are left. Objects that are being deleted already count as done, so that asking again ends. Of a page that is
 * larger the caller is told where it ended instead, as of a list.
 */
export function decideDeleteCollection(
  state: DecideState,
  command: DeleteCollectionCommand,
  context: DecisionContext,
): Decision {
  const { target, selection, options, page } = command;
  const request = requestKind(command, context);
  const drafts: Draft[] = [];
  const items: Answer[] = [];
  const limit = page?.limit ?? 0;
  let isLeft = false;
  const namespace = target.definition.namespaced && target.namespace !== '' ? target.namespace : undefined;
  for (const present of state.own.list(target.definition, namespace)) {
    if (page?.after !== undefined && !isBehind(present.key, page.after)) continue;
    if (!selects(selection, target.served === undefined ? present : converted(present, target.served))) continue;
    if (limit > 0 && items.length === limit) {
      isLeft = true;
      break;
    }
    const decision = deleteObject(target, present, options, context, request);
    const draft = decision.drafts[0];
    if (draft === undefined) {
      items.push(decision.answer);
    } else if (drafts.length < limits.deleteCollectionCount) {
      items.push({ type: 'draft', index: drafts.length });
      drafts.push(draft);
    } else {
      isLeft = true;
      break;
    }
  }
  const addresses = serviceAddresses(state, drafts, context);
  const released = drafts.flatMap(({ verb, previous }) =>
    verb === 'deleted' && previous !== undefined ? [previous] : [],
  );
  for (const objects of Map.groupBy(released, ({ key }) => key.namespace).values()) {
    const charges = objects.map((object) => releaseOf({ ...target, namespace: object.key.namespace }, object));
    const also = context.dryRun ? [] : chargeQuotas(state, charges, context);
    if (isRejection(also)) return also;
    drafts.push(...also);
  }
  drafts.push(...addresses);
  const answer: Answer = { type: 'collection', items, more: isLeft && limit === 0, rest: isLeft && limit > 0 };
  return { drafts, answer, warnings: [], created: false, removed: true };
}
