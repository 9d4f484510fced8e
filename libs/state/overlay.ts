import { keyText } from '@taffrail/resources/object';
import type { Claim } from './claims.ts';
import type { LiveChange } from './evolve.ts';
import { inKeyOrder } from './list-order.ts';
import type { LiveObject } from './live-object.ts';
import type { ResourceId, StateView } from './state-view.ts';

/**
 * Committed state as it would be after changes that are not committed yet. Costs what the changes cost, whatever the
 * size of the state below, and is simply dropped when the speculation is lost.
 */
export class Overlay implements StateView {
  readonly #base: StateView;
  readonly #changes: LiveChange[] = [];
  /** Where something changed: `group/resource/namespace`, so that most lists need not look at the changes. */
  readonly #places = new Set<string>();
  /** Undefined: deleted. */
  readonly #objects = new Map<string, LiveObject | undefined>();
  /** Undefined: given up. */
  readonly #claims = new Map<Claim, string | undefined>();
  #count = 0;
  #bytes = 0;

  constructor(base: StateView) {
    this.#base = base;
  }

  get objectsCount(): number {
    return this.#base.objectsCount + this.#count;
  }

  get objectsBytes(): number {
    return this.#base.objectsBytes + this.#bytes;
  }

  /** The changes in order. */
  get changes(): readonly LiveChange[] {
    return this.#changes;
  }

  get(id: ResourceId, namespace: string, name: string): LiveObject | undefined {
    if (this.#objects.size > 0) {
      const text = keyText({ group: id.group, resource: id.resource, namespace, name });
      const changed = this.#objects.get(text);
      if (changed !== undefined || this.#objects.has(text)) return changed;
    }
    return this.#base.get(id, namespace, name);
  }

  list(id: ResourceId, namespace: string | undefined): readonly LiveObject[] {
    const base = this.#base.list(id, namespace);
    if (namespace !== undefined && !this.#places.has(`${id.group}/${id.resource}/${namespace}`)) return base;
    const ours = this.#changes.filter(
      ({ key }) =>
        key.group === id.group &&
        key.resource === id.resource &&
        (namespace === undefined || key.namespace === namespace),
    );
    if (ours.length === 0) return base;
    const kept = base.filter((object) => !this.#objects.has(keyText(object.key)));
    const changed = [...new Set(ours.map(({ key }) => this.#objects.get(keyText(key))))];
    return [...kept, ...changed.filter((object) => object !== undefined)].sort(inKeyOrder);
  }

  holder(claim: Claim): string | undefined {
    return this.#claims.has(claim) ? this.#claims.get(claim) : this.#base.holder(claim);
  }

  add(change: LiveChange): void {
    const text = keyText(change.key);
    const { previous, current } = change;
    this.#places.add(`${change.key.group}/${change.key.resource}/${change.key.namespace}`);
    if (previous !== undefined) {
      for (const claim of previous.claims) this.#claims.set(claim, undefined);
      this.#count--;
      this.#bytes -= previous.stored.byteLength;
    }
    if (change.verb === 'deleted') {
      this.#objects.set(text, undefined);
    } else {
      this.#objects.set(text, current);
      for (const claim of current.claims) this.#claims.set(claim, text);
      this.#count++;
      this.#bytes += current.stored.byteLength;
    }
    this.#changes.push(change);
  }
}
