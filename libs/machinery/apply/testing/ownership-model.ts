/**
 * An independent model: an object is a flat map of paths to values, ownership a set of paths for each manager. Only what
 * the real thing does to paths, none of how it does it.
 */
export class OwnershipModel {
  readonly #values = new Map<string, string>();
  readonly #owned = new Map<string, Set<string>>();

  /** Applies a configuration, its values by their paths; false, and nothing happens, when it is in conflict with others. */
  apply(manager: string, config: ReadonlyMap<string, string>, force: boolean): boolean {
    const others = [...this.#owned].filter(([name]) => name !== manager);
    const changed = [...config].filter(([path, value]) => this.#values.get(path) !== value).map(([path]) => path);
    if (!force && changed.some((path) => others.some(([, paths]) => paths.has(path)))) return false;
    const given = this.#owned.get(manager) ?? new Set<string>();
    for (const [path, value] of config) this.#values.set(path, value);
    this.#owned.set(manager, new Set(config.keys()));
    for (const path of changed) for (const [, paths] of others) paths.delete(path);
    for (const path of given) {
      if (config.has(path) || others.some(([, paths]) => paths.has(path))) continue;
      for (const gone of [...this.#values.keys()].filter(
        (candidate) => candidate === path || candidate.startsWith(`${path}.`),
      )) {
        this.#values.delete(gone);
        for (const [, paths] of others) paths.delete(gone);
      }
    }
    for (const [name, paths] of this.#owned) if (paths.size === 0) this.#owned.delete(name);
    return true;
  }

  /** What each manager owns, as sorted paths. */
  owners(): Readonly<Record<string, readonly string[]>> {
    return Object.fromEntries([...this.#owned].map(([name, paths]) => [name, [...paths].toSorted()]));
  }
}
