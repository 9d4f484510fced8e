import { assertNever } from '@taffrail/platform/assert';
import { notFound } from '@taffrail/machinery/rejection';
import type { Command, DecisionContext } from '../command.ts';
import { decideBind } from './bind.ts';
import { decideCreate } from './create.ts';
import type { Decision } from './decision.ts';
import { decideDelete } from './delete.ts';
import { decideDeleteCollection } from './delete-collection.ts';
import { targetOf } from './drafting.ts';
import { decideEvict } from './evict.ts';
import { decidePatch } from './patch.ts';
import { decidePurge, isPurge } from './purge.ts';
import { decideScale } from './scale.ts';
import type { DecideState } from './state.ts';
import { decideUpdate } from './update.ts';

/**
 * Decides a command on a state: the changes it makes, or why it is refused. Pure: the same state, command and context
 * give the same decision, whatever the clock and wherever it runs. Nothing of state or command is changed.
 */
export function decide(state: DecideState, command: Command, context: DecisionContext): Decision {
  const { subresource } = command.target;
  switch (command.type) {
    case 'create':
      if (isPurge(command)) return decidePurge(state, command, context);
      if (subresource === '') return decideCreate(state, command, context);
      if (subresource === 'binding') return decideBind(state, command, context);
      if (subresource === 'eviction') return decideEvict(state, command, context);
      return notFound(targetOf(command.target));
    case 'update':
      return subresource === 'scale' ? decideScale(state, command, context) : decideUpdate(state, command, context);
    case 'patch':
      return decidePatch(state, command, context);
    case 'delete':
      return decideDelete(state, command, context);
    case 'delete-collection':
      return decideDeleteCollection(state, command, context);
    default:
      return assertNever(command);
  }
}
