import { assert } from '@taffrail/platform/assert';
import type { KubeObject } from '@taffrail/resources/object';
import type { ResourceName } from '../api-client.ts';

/** Plurals that are not the kind's name in lower case with an s behind it. */
const IRREGULAR: Readonly<Record<string, string>> = { Endpoints: 'endpoints' };

/** The resource an object belongs to, by Kubernetes' rule of naming. */
export function resourceOf(object: Pick<KubeObject, 'apiVersion' | 'kind'>): ResourceName {
  const [first = '', second] = object.apiVersion.split('/');
  assert(first !== '', `${object.kind} has no apiVersion`);
  const resource = IRREGULAR[object.kind] ?? plural(object.kind.toLowerCase());
  return second === undefined ? { group: '', version: first, resource } : { group: first, version: second, resource };
}

function plural(word: string): string {
  if (/(s|x|ch|sh)$/.test(word)) return `${word}es`;
  return word.endsWith('y') ? `${word.slice(0, -1)}ies` : `${word}s`;
}
