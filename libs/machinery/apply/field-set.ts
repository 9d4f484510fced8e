/**
 * A set of field paths, as a tree: a node is in the set when it is a member, and leads on to the nodes below it.
 * Edges are path elements as `managedFields` writes them: `f:spec`, `k:{"name":"a"}`, `v:"x"`. Never changed once made.
 */
export interface FieldSet {
  readonly isMember: boolean;
  readonly children: ReadonlyMap<string, FieldSet>;
}

/** One path: its elements from the root. */
export type FieldPath = readonly string[];

export const NO_FIELDS: FieldSet = Object.freeze({ isMember: false, children: new Map() });

export function isEmptySet(set: FieldSet): boolean {
  return !set.isMember && set.children.size === 0;
}

/** What is in either set. */
export function unionOf(left: FieldSet, right: FieldSet): FieldSet {
  if (isEmptySet(left)) return right;
  if (isEmptySet(right)) return left;
  const children = new Map(left.children);
  for (const [element, child] of right.children) {
    const own = children.get(element);
    children.set(element, own === undefined ? child : unionOf(own, child));
  }
  return { isMember: left.isMember || right.isMember, children };
}

/** What is in the left set and not in the right one. */
export function differenceOf(left: FieldSet, right: FieldSet): FieldSet {
  if (isEmptySet(right)) return left;
  return combined(left, left.isMember && !right.isMember, (element, child) => {
    const other = right.children.get(element);
    return other === undefined ? child : differenceOf(child, other);
  });
}

/** What is in both sets. */
export function intersectionOf(left: FieldSet, right: FieldSet): FieldSet {
  return combined(left, left.isMember && right.isMember, (element, child) => {
    const other = right.children.get(element);
    return other === undefined ? NO_FIELDS : intersectionOf(child, other);
  });
}

/** What is kept of a set; the set itself when that is all of it, so that what was made of it is not made again. */
function combined(set: FieldSet, isMember: boolean, keep: (element: string, child: FieldSet) => FieldSet): FieldSet {
  const children = new Map<string, FieldSet>();
  let isSame = isMember === set.isMember;
  for (const [element, child] of set.children) {
    const kept = keep(element, child);
    if (kept !== child) isSame = false;
    if (!isEmptySet(kept)) children.set(element, kept);
  }
  return isSame ? set : { isMember, children };
}

export function sameFields(left: FieldSet, right: FieldSet): boolean {
  if (left === right) return true;
  if (left.isMember !== right.isMember || left.children.size !== right.children.size) return false;
  return [...left.children].every(([element, child]) => {
    const other = right.children.get(element);
    return other !== undefined && sameFields(child, other);
  });
}

/** The members, those of a level before those below it, in order. */
export function pathsOf(set: FieldSet, above: FieldPath = []): readonly FieldPath[] {
  const ordered = [...set.children].toSorted(([left], [right]) => (left < right ? -1 : 1));
  const here = ordered.filter(([, child]) => child.isMember).map(([element]) => [...above, element]);
  return [...here, ...ordered.flatMap(([element, child]) => pathsOf(child, [...above, element]))];
}

/** Collects paths into a set. */
export class FieldSetBuilder {
  readonly #root: Building = { isMember: false, children: new Map() };

  insert(path: FieldPath): void {
    this.#at(path).isMember = true;
  }

  /** Adds all of `below` at a path where nothing is yet. */
  graft(path: FieldPath, below: FieldSet): void {
    const last = path.at(-1);
    if (last === undefined) {
      this.#root.isMember = below.isMember;
      for (const [element, child] of below.children) this.#root.children.set(element, child);
    } else if (!isEmptySet(below)) {
      this.#at(path.slice(0, -1)).children.set(last, below);
    }
  }

  /** The set; the builder is not used any further. */
  build(): FieldSet {
    return this.#root;
  }

  #at(path: FieldPath): Building {
    let node = this.#root;
    for (const element of path) {
      let child = node.children.get(element) as Building | undefined;
      if (child === undefined) node.children.set(element, (child = { isMember: false, children: new Map() }));
      node = child;
    }
    return node;
  }
}

/** A node on the way to where paths are inserted; what was grafted is never on such a way. */
interface Building {
  isMember: boolean;
  readonly children: Map<string, FieldSet>;
}

/** The set of the paths given. */
export function setOf(...paths: readonly FieldPath[]): FieldSet {
  const builder = new FieldSetBuilder();
  for (const path of paths) builder.insert(path);
  return builder.build();
}
