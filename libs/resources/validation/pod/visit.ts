import type { Container, EphemeralContainer, PodSpec } from '../../generated/types.ts';
import type { Given } from '../../given.ts';
import { child, index, type Path } from '../field.ts';

/** A container of any kind, with where it stands. */
export interface PlacedContainer {
  readonly container: Given<Container> | Given<EphemeralContainer>;
  readonly path: Path;
}

const LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const;

/** Every container of a pod, in the order in which rules that look at all of them report. */
export function* placedContainers(spec: Given<PodSpec>, path: Path): Generator<PlacedContainer> {
  for (const list of LISTS) {
    const containers = spec[list];
    if (containers === undefined) continue;
    const here = child(path, list);
    for (const [at, container] of containers.entries()) yield { container, path: index(here, at) };
  }
}
