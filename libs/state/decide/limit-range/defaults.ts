import { isJsonObject, type MutableJson, type MutableJsonObject } from '@taffrail/resources/json';
import type { StateView } from '../../state-view.ts';
import { metadataOf, objectOf, textOf, type WorkingObject } from '../metadata.ts';
import { type Limits, limitsIn } from './ranges.ts';

const ANNOTATION = 'kubernetes.io/limit-ranger';

/** Fills in what the containers of a new pod leave open and a LimitRange has defaults for, and notes it. In place. */
export function applyLimitDefaults(cluster: StateView, namespace: string, pod: WorkingObject): void {
  const spec = objectOf(pod, 'spec') as MutableJsonObject | undefined;
  if (spec === undefined) return;
  for (const limits of limitsIn(cluster, namespace)) {
    const notes = [
      ...containersOf(spec, 'containers').flatMap((one) => fill(one, limits, 'container')),
      ...containersOf(spec, 'initContainers').flatMap((one) => fill(one, limits, 'init container')),
    ];
    if (notes.length === 0) continue;
    const metadata = metadataOf(pod);
    const annotations = objectOf(metadata, 'annotations') as MutableJsonObject | undefined;
    metadata['annotations'] = { ...annotations, [ANNOTATION]: `LimitRanger plugin set: ${notes.join('; ')}` };
  }
}

function containersOf(spec: MutableJsonObject, field: string): readonly MutableJsonObject[] {
  const list = spec[field];
  return Array.isArray(list) ? list.filter((one): one is MutableJsonObject => isJsonObject(one)) : [];
}

/** Fills one container and says what was set. */
function fill(container: MutableJsonObject, limits: Limits, what: string): readonly string[] {
  const items = limits.filter(({ type }) => type === 'Container');
  const resources = { ...(objectOf(container, 'resources') as MutableJsonObject | undefined) };
  const notes: string[] = [];
  for (const [field, word] of [
    ['requests', 'request'],
    ['limits', 'limit'],
  ] as const) {
    const defaults = Object.assign(
      {},
      ...items.map((item) => (field === 'requests' ? item.defaultRequest : item.default)),
    ) as Record<string, MutableJson>;
    const given = (objectOf(resources, field) ?? {}) as MutableJsonObject;
    const missing = Object.keys(defaults).filter((name) => given[name] === undefined);
    if (missing.length === 0) continue;
    resources[field] = { ...given, ...Object.fromEntries(missing.map((name) => [name, defaults[name] ?? '0'])) };
    notes.push(`${missing.toSorted().join(', ')} ${word} for ${what} ${textOf(container, 'name')}`);
  }
  if (notes.length > 0) container['resources'] = resources;
  return notes;
}
