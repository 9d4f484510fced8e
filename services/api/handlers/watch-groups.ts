import type { ResourceDefinition } from '@taffrail/resources/definition';
import type { Selection } from '@taffrail/state/selection';
import type { StateMachine } from '@taffrail/state/state-machine';
import type { Encoding } from '../encoding/encoding.ts';
import { SharedEvents, tellingOf } from './watch-events.ts';
import { WatchGroup, type GroupMember, type Membership } from './watch-group.ts';

/** What a watch shows of which objects. Watches that agree in it are told the same. */
export interface Watching {
  readonly definition: ResourceDefinition;
  /** Undefined for all namespaces. */
  readonly namespace: string | undefined;
  readonly selection: Selection;
  readonly encoding: Encoding;
}

/** The groups of a server's live watches. */
export class WatchGroups {
  /** Also for watches that are not live yet: one encoding of a change for all who are told it in one turn. */
  readonly shared = new SharedEvents();
  readonly #state: Pick<StateMachine, 'subscribe' | 'revision'>;
  readonly #nextTurn: (task: () => void) => void;
  readonly #groups = new Map<Encoding, Map<string, WatchGroup>>();

  constructor(state: Pick<StateMachine, 'subscribe' | 'revision'>, nextTurn: (task: () => void) => void) {
    this.#state = state;
    this.#nextTurn = nextTurn;
  }

  /** Takes in a watch that has been told everything committed; undefined when changes cannot be followed any more. */
  join(watching: Watching, member: GroupMember): Membership | undefined {
    const { definition, namespace, selection, encoding } = watching;
    const groups = this.#groups.get(encoding) ?? new Map<string, WatchGroup>();
    const name = JSON.stringify([definition.group, definition.version, definition.resource, namespace, selection]);
    const group = groups.get(name) ?? this.#open(watching, () => this.#forget(encoding, name));
    if (group === undefined) return undefined;
    this.#groups.set(encoding, groups.set(name, group));
    return group.join(member);
  }

  #open({ definition, namespace, selection, encoding }: Watching, forget: () => void): WatchGroup | undefined {
    const group = new WatchGroup({
      tellingOf: (changes) => tellingOf(this.shared, encoding, changes, selection, namespace),
      nextTurn: this.#nextTurn,
      onEmpty: () => {
        subscription?.close();
        forget();
      },
    });
    const subscription = this.#state.subscribe(definition, this.#state.revision(definition), group);
    return subscription === undefined ? undefined : group;
  }

  #forget(encoding: Encoding, name: string): void {
    const groups = this.#groups.get(encoding);
    groups?.delete(name);
    if (groups?.size === 0) this.#groups.delete(encoding);
  }
}
