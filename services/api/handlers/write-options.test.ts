import { describe, expect, test } from 'vitest';
import { writeOptions } from './write-options.ts';

function read(query: string, kind: 'CreateOptions' | 'PatchOptions' = 'CreateOptions', apply = false): unknown {
  return writeOptions(new URLSearchParams(query), kind, 'kubectl/v1.32.4 (linux/amd64)', apply);
}

describe('write options', () => {
  test('defaults: not dry, warnings, the client names the manager', () => {
    expect(read('')).toEqual({ dryRun: false, fieldManager: 'kubectl', fieldValidation: 'Warn', force: false });
  });

  test.each([
    ['dryRun=Some', 'dryRun: Unsupported value: []string{"Some"}: supported values: "All"'],
    [
      'fieldValidation=Maybe',
      'fieldValidation: Unsupported value: "Maybe": supported values: "", "Ignore", "Strict", "Warn"',
    ],
    [`fieldManager=${'x'.repeat(129)}`, 'fieldManager: Too long: may not be more than 128 bytes'],
  ])('%s is refused', (query, message) => {
    expect(read(query)).toMatchObject({ code: 422, message: `CreateOptions.meta.k8s.io "" is invalid: ${message}` });
  });

  test('force belongs to apply, and apply needs a manager', () => {
    expect(read('force=true', 'PatchOptions')).toMatchObject({ code: 422 });
    expect(read('', 'PatchOptions', true)).toMatchObject({
      message: 'PatchOptions.meta.k8s.io "" is invalid: fieldManager: Required value: is required for apply patch',
    });
    expect(read('force=true&fieldManager=me', 'PatchOptions', true)).toMatchObject({ force: true });
  });

  test('an unprintable manager is refused', () => {
    expect(read('fieldManager=a%07b')).toMatchObject({ code: 422 });
  });
});
