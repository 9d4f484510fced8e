import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { fullName } from '../schema-text.ts';
import { fieldOf, schemaOf } from '../schema.ts';

const lines = readFileSync(path.join(import.meta.dirname, 'kept-zeros.txt'), 'utf8')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));

/** A zero of these is told apart from "not set"; lists, maps and objects need no mark. */
const SCALARS: readonly string[] = ['string', 'integer', 'number', 'boolean'];

test.each(lines)('kept zeros name optional scalars that exist: %s', (line) => {
  const [type = '', ...fields] = line.split(' ');
  const schema = schemaOf(fullName(type));
  if (schema === undefined) throw new Error(`no ${type}`);
  expect(fields.length).toBeGreaterThan(0);
  for (const field of fields) {
    const found = fieldOf(schema, field);
    expect(found?.required, `${type} ${field}`).toBe(false);
    expect(SCALARS, `${type} ${field}`).toContain(found?.value.type);
  }
});
