import { expect, test } from 'vitest';
import { invalid } from './rejection.ts';

test('a refusal says once what stands among its causes twice', () => {
  const target = { group: 'apps', kind: 'Deployment', name: 'web' };
  const error = { type: 'FieldValueRequired', field: 'spec', message: 'Required value' } as const;
  const once = invalid(target, [error, error]);
  expect(once.message).toBe('Deployment.apps "web" is invalid: spec: Required value');
  expect(once.details?.causes).toHaveLength(2);
  const other = { ...error, field: 'metadata' };
  expect(invalid(target, [error, other, error]).message).toBe(
    'Deployment.apps "web" is invalid: [spec: Required value, metadata: Required value]',
  );
});
