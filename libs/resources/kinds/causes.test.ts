import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ResourceDefinition } from '../definition.ts';
import type { FieldError } from '../field-error.ts';
import type { KubeObject } from '../object.ts';
import { allResources } from '../registry.ts';
import { type Changes, change, created } from './testing/changed-objects.ts';

interface Case {
  readonly title: string;
  readonly definition: ResourceDefinition;
  readonly subresource: string;
  readonly before: Changes | undefined;
  readonly changes: Changes;
  readonly causes: readonly string[];
}

const stored = allResources().filter(({ conversion }) => conversion === undefined);

/** A cause is a path, a type and, behind a colon, its message where that is compared too; a message may hold semicolons. */
const BETWEEN_CAUSES =
  /; (?=\S+ (?:Invalid|TypeInvalid|Required|NotSupported|Forbidden|Duplicate|NotFound|TooLong|TooMany|InternalError)(?:[:;]|$))/;

function caseOf(line: string): Case {
  const match = /^(?<resource>\S+) (?:(?<before>\{.*\}) => )?(?<changes>\{.*\}) -> (?<causes>.*)$/.exec(line);
  const { resource = '', before, changes = '', causes = '' } = match?.groups ?? {};
  const [kind = '', subresource = ''] = resource.split('/');
  const definition = stored.find((one) => one.kind === kind);
  if (definition === undefined) throw new Error(`this line is no case: ${line}`);
  return {
    title: line,
    definition,
    subresource,
    before: before === undefined ? undefined : (JSON.parse(before) as Changes),
    changes: JSON.parse(changes) as Changes,
    causes: causes === 'nothing' ? [] : causes.split(BETWEEN_CAUSES),
  };
}

const folder = path.join(import.meta.dirname, 'testing');
const cases = readdirSync(folder)
  .filter((name) => name.endsWith('causes.txt'))
  .flatMap((name) => readFileSync(path.join(folder, name), 'utf8').split('\n'))
  .filter((line) => line !== '' && !line.startsWith('#'))
  .map(caseOf);

function refusals({ definition, subresource, before, changes }: Case): readonly FieldError[] {
  const { rules } = definition;
  if (before === undefined) return rules.validateCreate(created(definition, changes) as KubeObject);
  const previous = created(definition, before);
  // What is new begins with a status of its own.
  change(previous, Object.fromEntries(Object.entries(before).filter(([place]) => place.startsWith('status'))));
  const next = structuredClone(previous);
  change(next, changes);
  rules.applyDefaults(next);
  rules.prepareForUpdate(next, previous as KubeObject, subresource);
  return rules.validateUpdate(next as KubeObject, previous as KubeObject, subresource);
}

describe('causes of a refusal', () => {
  test.each(stored)('a valid $kind has none', (definition) => {
    expect(definition.rules.validateCreate(created(definition, {}) as KubeObject)).toEqual([]);
  });

  test.each(cases)('$title', (one) => {
    const causes = refusals(one).map(({ field, type, message }, at) => {
      const kind = `${field} ${type.replace('FieldValue', '')}`;
      return one.causes[at]?.includes(': ') === true ? `${kind}: ${message}` : kind;
    });
    expect(causes).toEqual(one.causes);
  });
});
