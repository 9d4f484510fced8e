import type { ResourceDefinition } from '@taffrail/resources/definition';
import type { ResourceId } from './state-view.ts';

/** The resources a server knows, by group and plural name. */
export interface ResourceIndex {
  find(id: ResourceId): ResourceDefinition | undefined;
}

/** An index over definitions. When a resource has several versions, the one it is stored as stands for it. */
export function resourceIndex(definitions: Iterable<ResourceDefinition>): ResourceIndex {
  const known = new Map<string, ResourceDefinition>();
  for (const definition of definitions) {
    const name = `${definition.group}/${definition.resource}`;
    if (definition.conversion === undefined && !known.has(name)) known.set(name, definition);
  }
  return Object.freeze({ find: ({ group, resource }: ResourceId) => known.get(`${group}/${resource}`) });
}
