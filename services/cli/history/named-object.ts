import type { ResourceDefinition } from '@taffrail/resources/definition';
import { allResources } from '@taffrail/resources/registry';
import { UsageError } from '../failure.ts';

/** What KIND/NAME means: a resource and an object's name. */
export interface NamedObject {
  readonly definition: ResourceDefinition;
  readonly name: string;
}

/**
 * Reads KIND/NAME as kubectl does: kind, plural, singular or short name in any case, with or without `.group`
 * (`deployment/web`, `deployments.apps/web`, `deploy/web`). Throws UsageError.
 */
export function namedObject(text: string, resources: readonly ResourceDefinition[] = allResources()): NamedObject {
  const [type = '', name = '', ...rest] = text.split('/');
  if (type === '' || name === '' || rest.length > 0) throw new UsageError(`"${text}" is not of the form KIND/NAME`);
  return { definition: namedResource(type, resources), name };
}

/** The same where a kind may stand alone and means all of it: its name is '' then. */
export function namedScope(text: string): NamedObject {
  return text.includes('/') ? namedObject(text) : { definition: namedResource(text, allResources()), name: '' };
}

function namedResource(type: string, resources: readonly ResourceDefinition[]): ResourceDefinition {
  const wanted = type.toLowerCase();
  const definition = resources.find((one) => namesOf(one).includes(wanted));
  if (definition === undefined) throw new UsageError(`there is no kind or resource "${type}"`);
  return definition;
}

function namesOf({ kind, resource, singular, shortNames, group, version }: ResourceDefinition): readonly string[] {
  const names = [kind.toLowerCase(), resource, singular, ...shortNames];
  return group === ''
    ? names
    : [...names, ...names.flatMap((name) => [`${name}.${group}`, `${name}.${version}.${group}`])];
}
