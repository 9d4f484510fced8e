import { conflict, isRejection } from '@taffrail/machinery/rejection';
import type { PurgeSpec } from '@taffrail/resources/kinds/purge/rules';
import { purges } from '@taffrail/resources/kinds/own';
import type { KubeObject } from '@taffrail/resources/object';
import type { Command, DecisionContext, Target } from '../command.ts';
import { createObject } from './create.ts';
import type { Decision } from './decision.ts';
import { decideDelete } from './delete.ts';
import { requestKind } from './drafting.ts';
import type { DecideState } from './state.ts';

type CreateCommand = Extract<Command, { type: 'create' }>;

/** Whether a command orders a purge. */
export function isPurge({ target }: Command): boolean {
  return target.definition.group === purges.group && target.definition.resource === purges.resource;
}

/** What a purge erases. */
export function purgeSpecOf(purge: KubeObject): PurgeSpec {
  return purge['spec'] as unknown as PurgeSpec;
}

/**
 * Decides a purge. What it erases goes in the same commit when it is still alive: from then on its keys are destroyed,
 * and a live object whose body nobody can read is of no use. It is refused where a deletion would have to wait: whoever
 * set a finalizer wants to do something first, and may need the object for it.
 */
export function decidePurge(state: DecideState, command: CreateCommand, context: DecisionContext): Decision {
  const request = requestKind(command, context);
  // Nobody owns fields that cannot be changed.
  const creation = { target: command.target, object: command.object, context, request, managed: [] };
  const decision = createObject(state, creation);
  if (isRejection(decision)) return decision;
  const { group, resource, namespace, name, uids } = purgeSpecOf(command.object);
  const definition = state.settings.resources.find({ group, resource });
  const present = state.own.get({ group, resource }, namespace, name);
  if (definition === undefined || present === undefined) return decision;
  const target: Target = { definition, namespace, name, subresource: '' };
  const aim = { group, resource, name };
  if (!uids.includes(present.uid)) {
    return conflict(aim, `it was created again as ${present.uid} meanwhile; ask again to purge that one too`);
  }
  const deletion = decideDelete(state, { type: 'delete', target, options: { gracePeriodSeconds: 0 } }, real(context));
  if (isRejection(deletion)) return deletion;
  if (deletion.drafts[0]?.verb !== 'deleted') {
    const finalizers = present.contents().metadata.finalizers ?? [];
    const why =
      finalizers.length === 0
        ? 'it is not gone at once when it is deleted'
        : `finalizers ${finalizers.join(', ')} hold it`;
    return conflict(aim, `it cannot be purged while it is alive, and ${why}: delete it first`);
  }
  if (context.dryRun) return decision;
  const also = deletion.drafts.map((draft) => ({ ...draft, becauseOf: (draft.becauseOf ?? -1) + 1 }));
  return { ...decision, drafts: [...decision.drafts, ...also] };
}

/** Also a dry run wants to know whether the deletion would be one. */
function real(context: DecisionContext): DecisionContext {
  return { ...context, dryRun: false };
}
