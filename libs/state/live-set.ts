import { assert } from '@taffrail/platform/assert';
import type { Uid } from '@taffrail/platform/brand';
import { keyText, type ObjectKey } from '@taffrail/resources/object';
import type { Claim } from './claims.ts';
import type { LiveObject } from './live-object.ts';
import { joined, OrderedMap } from './ordered-map.ts';
import type { ResourceId, StateView } from './state-view.ts';

type Shelf = OrderedMap<OrderedMap<LiveObject>>;

/** The committed objects of one revision space: each one's bytes and a small index over them. */
export class LiveSet implements StateView {
  readonly #shelves = new Map<string, Shelf>();
  readonly #owned = new Map<Uid, Set<LiveObject>>();
  readonly #claims = new Map<Claim, string>();
  #count = 0;
  #bytes = 0;

  get objectsCount(): number {
    return this.#count;
  }

  get objectsBytes(): number {
    return this.#bytes;
  }

  get(id: ResourceId, namespace: string, name: string): LiveObject | undefined {
    return this.#shelves.get(shelfName(id))?.get(namespace)?.get(name);
  }

  list(id: ResourceId, namespace: string | undefined): readonly LiveObject[] {
    const shelf = this.#shelves.get(shelfName(id));
    if (shelf === undefined) return [];
    if (namespace !== undefined) return shelf.get(namespace)?.values() ?? [];
    return joined(shelf.values().map((objects) => objects.values()));
  }

  /** Objects whose ownerReferences name `owner`, in no order. */
  ownedBy(owner: Uid): readonly LiveObject[] {
    return [...(this.#owned.get(owner) ?? [])];
  }

  holder(claim: Claim): string | undefined {
    return this.#claims.get(claim);
  }

  /** Puts an object in its place, instead of the one that stood there. */
  put(object: LiveObject): void {
    this.remove(object.key);
    const { key } = object;
    const shelf = ensure(this.#shelves, shelfName(key), () => new OrderedMap<OrderedMap<LiveObject>>());
    let objects = shelf.get(key.namespace);
    if (objects === undefined) shelf.set(key.namespace, (objects = new OrderedMap<LiveObject>()));
    objects.set(key.name, object);
    for (const owner of object.owners) ensure(this.#owned, owner, () => new Set<LiveObject>()).add(object);
    const holder = keyText(key);
    for (const claim of object.claims) {
      assert(!this.#claims.has(claim), `${claim} is claimed by ${this.#claims.get(claim)} and by ${holder}`);
      this.#claims.set(claim, holder);
    }
    this.#count++;
    this.#bytes += object.stored.byteLength;
  }

  /** Takes the object at a key out, if there is one. */
  remove(key: ObjectKey): void {
    const shelf = this.#shelves.get(shelfName(key));
    const objects = shelf?.get(key.namespace);
    const object = objects?.get(key.name);
    if (shelf === undefined || objects === undefined || object === undefined) return;
    objects.delete(key.name);
    if (objects.size === 0) shelf.delete(key.namespace);
    for (const owner of object.owners) {
      const owned = this.#owned.get(owner);
      owned?.delete(object);
      if (owned?.size === 0) this.#owned.delete(owner);
    }
    for (const claim of object.claims) this.#claims.delete(claim);
    this.#count--;
    this.#bytes -= object.stored.byteLength;
  }
}

function shelfName(id: ResourceId): string {
  return id.group === '' ? id.resource : `${id.group}/${id.resource}`;
}

function ensure<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
