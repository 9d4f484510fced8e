import { newUid, type Random } from '@taffrail/platform/random';
import type { DecisionContext } from '../command.ts';
import type { Draft } from './decision.ts';
import { draftOf } from './drafting.ts';
import { fillSystemMetadata, type WorkingObject } from './metadata.ts';
import type { DecideState } from './state.ts';
import { SYSTEM_ACTOR } from './system-actor.ts';

const SERVICE_ACCOUNTS = { group: '', resource: 'serviceaccounts' } as const;

/**
 * The `default` ServiceAccount that is made in the same transaction as its namespace. In Kubernetes a controller makes it
 * some time later, and until then no pod can be created there: every script that creates a namespace and a pod in it
 * has to wait or fail. Here the two are one write, so there is no such time.
 * (The controller that makes it again after someone deleted it is still needed.)
 */
export function withDefaultServiceAccount(
  state: DecideState,
  namespace: Draft,
  context: DecisionContext,
  random: Random,
): readonly Draft[] {
  if (namespace.key.group !== '' || namespace.key.resource !== 'namespaces') return [];
  const definition = state.settings.resources.find(SERVICE_ACCOUNTS);
  const inside = namespace.key.name;
  if (definition === undefined || state.own.get(SERVICE_ACCOUNTS, inside, 'default') !== undefined) return [];
  const metadata = {};
  const account: WorkingObject = { metadata };
  fillSystemMetadata(metadata, { namespace: inside, name: 'default', uid: newUid(random), nowMs: context.nowMs });
  definition.rules.applyDefaults(account);
  definition.rules.prepareForCreate(account);
  const draft = draftOf(
    'created',
    definition,
    account,
    undefined,
    { ...context, actor: SYSTEM_ACTOR },
    {
      verb: 'system',
      subresource: '',
    },
  );
  return [{ ...draft, becauseOf: 0 }];
}
