import { assert } from '@taffrail/platform/assert';
import { sequence } from '@taffrail/platform/brand';
import { isRejection } from '@taffrail/machinery/rejection';
import type { KubeObject } from '@taffrail/resources/object';
import { allResources } from '@taffrail/resources/registry';
import type { Command, DecisionContext } from '../command.ts';
import { decide } from '../decide/decide.ts';
import type { Decided, Decision } from '../decide/decision.ts';
import { serviceNetwork } from '../decide/service-network.ts';
import type { DecideState } from '../decide/state.ts';
import { applyChange, type FoldContext } from '../evolve.ts';
import { LiveSet } from '../live-set.ts';
import { ParsedCache } from '../parsed-cache.ts';
import { resourceIndex, type ResourceIndex } from '../resource-index.ts';
import { Round } from '../round.ts';
import { TEST_REQUEST } from './machine.ts';

/** What a test of a decider reads like: given these commands were accepted, when this one comes, then… */
export interface DeciderSpecification {
  when(command: Command, context?: Partial<DecisionContext>): Decision;
}

const CONTEXT: DecisionContext = { ...TEST_REQUEST, nowMs: Date.UTC(2026, 0, 1), seed: [1, 2, 3, 4] };

/** A state with a range of cluster IPs that came of commands, each in a commit of its own. Everything handed to `decide` is frozen. */
export function given(...commands: readonly Command[]): DeciderSpecification {
  const resources = resourceIndex(allResources());
  const fold: FoldContext = { resources, cache: new ParsedCache(1 << 20), chain: 'whole' };
  const live = new LiveSet();
  const state: DecideState = {
    own: live,
    cluster: live,
    settings: {
      resources,
      network: serviceNetwork('10.96.0.0/16'),
      patchSchema: () => undefined,
      readPatched: (document) => ({ object: document as KubeObject, warnings: [] }),
    },
  };
  for (const [index, command] of [serviceCidr(resources), ...commands].entries()) {
    const decision = decide(state, frozen(command), { ...CONTEXT, seed: [index + 9, 0, 0, 0] });
    assert(
      !isRejection(decision),
      `given command ${index - 1} is refused: ${isRejection(decision) ? decision.message : ''}`,
    );
    const round = new Round(live, sequence(index + 1), CONTEXT.nowMs, fold);
    round.add(decision);
    for (const change of round.overlay.changes) applyChange(live, change);
  }
  return {
    when: (command, context = {}) => {
      for (const definition of allResources()) {
        for (const object of live.list(definition, undefined)) frozen(object.contents());
      }
      return decide(state, frozen(command), frozen({ ...CONTEXT, ...context }));
    },
  };
}

function serviceCidr(resources: ResourceIndex): Command {
  const definition = resources.find({ group: 'networking.k8s.io', resource: 'servicecidrs' });
  assert(definition !== undefined, 'there are ServiceCIDRs');
  const target = { definition, namespace: '', name: 'kubernetes', subresource: '' };
  const object = { metadata: { name: 'kubernetes' }, spec: { cidrs: ['10.96.0.0/16'] } };
  return { type: 'create', target, object: object as unknown as KubeObject };
}

/** The verbs and keys of a decision's drafts, or why it was refused: what `then` compares. */
export function summary(decision: Decision): readonly string[] | string {
  if (isRejection(decision)) return `${decision.code} ${decision.message}`;
  return decision.drafts.map(({ verb, key }) => `${verb} ${key.resource} ${key.namespace}/${key.name}`);
}

/** The drafts a test expects. */
export function draftsOf(decision: Decision): Decided['drafts'] {
  assert(!isRejection(decision), 'unexpectedly refused');
  return decision.drafts;
}

function frozen<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value) || ArrayBuffer.isView(value)) return value;
  // Definitions are shared and hold functions; they are frozen by themselves.
  for (const member of Object.values(value)) frozen(member);
  return Object.freeze(value);
}
