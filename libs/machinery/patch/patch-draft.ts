import { isJsonObject, type JsonValue, type MutableJson, type MutableJsonObject } from '@taffrail/resources/json';
import { ownMember, setOwnMember } from '../own-property.ts';

/** What stands at a path: a value, undefined for a member that is not there, or why the path leads nowhere. */
export interface Lookup {
  readonly value?: JsonValue | undefined;
  /** `no-parent` when something above the last segment is missing, else the whole reason. */
  readonly failure?: string;
}

/**
 * A document while JSON Patch operations run over it. A container is copied the first time something in it changes, so
 * the original is never touched and what stays is shared; copied once, it is changed in place.
 * The operations answer why they do not apply, or undefined. Their texts are those of the API server's patch library.
 */
export class PatchDraft {
  root: JsonValue;
  readonly #owned = new WeakSet<object>();

  constructor(document: JsonValue) {
    this.root = document;
  }

  lookup(path: string): Lookup {
    const segments = pointerSegments(path);
    if (segments === undefined) return { failure: 'no-parent' };
    let current: JsonValue = this.root;
    for (const [index, segment] of segments.entries()) {
      const isLast = index === segments.length - 1;
      const found = member(current, segment);
      if (isLast) return found;
      if (found.value === undefined || found.value === null) return { failure: 'no-parent' };
      current = found.value;
    }
    return { value: current };
  }

  /** `kind` names the operation in messages: move and copy add as well. */
  add(kind: 'add' | 'move' | 'copy', path: string, value: JsonValue): string | undefined {
    if (path === '') {
      this.root = value;
      return undefined;
    }
    const place = this.#place(path);
    if (place === undefined) {
      return kind === 'add'
        ? `add operation does not apply: doc is missing path: "${path}": missing value`
        : `${kind} operation does not apply: doc is missing destination path: ${path}: missing value`;
    }
    const { container, key } = place;
    if (!Array.isArray(container)) {
      setOwnMember(container, key, value as MutableJson);
      return undefined;
    }
    // One past the end is a place to add to, so the list counts as one longer.
    const index = key === '-' ? container.length : arrayIndex(key, container.length + 1);
    if (typeof index === 'string') return `error in ${kind} for path: '${path}': ${index}`;
    container.splice(index, 0, value as MutableJson);
    return undefined;
  }

  remove(kind: 'remove' | 'move', path: string): string | undefined {
    const place = this.#place(path);
    if (place === undefined) return `${kind} operation does not apply: doc is missing path: "${path}": missing value`;
    const { container, key } = place;
    if (!Array.isArray(container)) {
      if (!Object.hasOwn(container, key)) {
        return `error in ${kind} for path: '${path}': Unable to remove nonexistent key: ${key}: missing value`;
      }
      delete container[key];
      return undefined;
    }
    const index = arrayIndex(key, container.length);
    if (typeof index === 'string') return `error in ${kind} for path: '${path}': ${index}`;
    container.splice(index, 1);
    return undefined;
  }

  replace(path: string, value: JsonValue): string | undefined {
    if (path === '') {
      if (typeof value !== 'object' || value === null) return 'replace operation value must be object or array';
      this.root = value;
      return undefined;
    }
    const place = this.#place(path);
    if (place === undefined) return `replace operation does not apply: doc is missing path: ${path}: missing value`;
    const { container, key } = place;
    if (!Array.isArray(container)) {
      setOwnMember(container, key, value as MutableJson);
      return undefined;
    }
    const index = arrayIndex(key, container.length);
    if (typeof index === 'string') {
      return `replace operation does not apply: doc is missing key: ${path}: missing value`;
    }
    container[index] = value as MutableJson;
    return undefined;
  }

  /** The container a path's last segment lies in, writable, with all containers above it. */
  #place(path: string): { readonly container: MutableJsonObject | MutableJson[]; readonly key: string } | undefined {
    const segments = pointerSegments(path);
    const key = segments?.pop();
    if (segments === undefined || key === undefined) return undefined;
    let container = this.#writable(this.root);
    if (container === undefined) return undefined;
    this.root = container;
    for (const segment of segments) {
      const found = member(container, segment);
      const below: MutableJsonObject | MutableJson[] | undefined =
        found.value === undefined ? undefined : this.#writable(found.value);
      if (below === undefined) return undefined;
      if (Array.isArray(container)) {
        const index = arrayIndex(segment, container.length);
        if (typeof index === 'string') return undefined;
        container[index] = below;
      } else {
        setOwnMember(container, segment, below);
      }
      container = below;
    }
    return { container, key };
  }

  #writable(value: JsonValue): MutableJsonObject | MutableJson[] | undefined {
    if (typeof value !== 'object' || value === null) return undefined;
    if (this.#owned.has(value)) return value as MutableJsonObject | MutableJson[];
    const copy = Array.isArray(value) ? [...(value as MutableJson[])] : { ...(value as MutableJsonObject) };
    this.#owned.add(copy);
    return copy;
  }
}

/** Segments of a JSON Pointer, unescaped; undefined when it is none. "" has no segments. */
function pointerSegments(path: string): string[] | undefined {
  if (path === '') return [];
  if (!path.startsWith('/')) return undefined;
  return path
    .slice(1)
    .split('/')
    .map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function member(container: JsonValue, segment: string): Lookup {
  if (Array.isArray(container)) {
    const index = arrayIndex(segment, container.length);
    return typeof index === 'string' ? { failure: index } : { value: container[index] as JsonValue };
  }
  return isJsonObject(container) ? { value: ownMember(container, segment) } : { failure: 'no-parent' };
}

/** The place a segment names in a list, or why there is none. */
function arrayIndex(segment: string, length: number): number | string {
  if (!/^[+-]?\d{1,18}$/.test(segment)) return `strconv.Atoi: parsing ${JSON.stringify(segment)}: invalid syntax`;
  const index = Number(segment);
  if (index >= length || index < -length) return `Unable to access invalid index: ${index}: invalid index referenced`;
  return index < 0 ? index + length : index;
}
