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
  const wanted = type.toLowerCase();
  const definition = resources.find((one) => namesOf(one).includes(wanted));
  if (definition === undefined) throw new UsageError(`there is no kind or resource "${type}"`);
  return { definition, name };
}

function namesOf({ kind, resource, singular, shortNames, group, version }: ResourceDefinition): readonly string[] {
  const names = [kind.toLowerCase(), resource, singular, ...shortNames];
  return group === ''
    ? names
    : [...names, ...names.flatMap((name) => [`${name}.${group}`, `${name}.${version}.${group}`])];
}
