/**
 * Makes `generated/` from npm packages and the overlay files here. `--check` compares instead of writing: exit 1 when something
 * would change. Run as `npm run generate`.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { collectTypes } from './collect.ts';
import { emitSchema } from './emit-schema.ts';
import { emitTypes } from './emit-types.ts';
import { readOverlay } from './overlay.ts';
import { ROOTS } from './roots.ts';

const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
const folder = path.resolve(import.meta.dirname, '../generated');
const types = collectTypes(ROOTS, readOverlay());
const outputs = { 'types.ts': emitTypes(types), 'schema-table.ts': emitSchema(types) };

for (const [name, text] of Object.entries(outputs)) {
  const file = path.join(folder, name);
  if (!values.check) {
    writeFileSync(file, text);
  } else if (readFileSync(file, 'utf8') !== text) {
    console.error(`libs/resources/generated/${name} is not what the generator makes; run \`npm run generate\``);
    process.exitCode = 1;
  }
}
