import { expect, test } from 'vitest';
import { validateResourceQuota } from '../kinds/resourcequota/validate.ts';
import { validateStopSignal } from './pod/stop-signal.ts';

// Every object answers to these names, whatever table it is.
test.each(['toString', 'constructor', '__proto__'])('%s is no operating system and no scope', (name) => {
  expect(validateStopSignal('SIGTERM', { name }, 'signal')).toEqual([]);
  expect(validateResourceQuota({ spec: { hard: { pods: '1' }, scopes: [name] } })).toEqual([
    expect.objectContaining({ field: 'spec.scopes', message: expect.stringContaining('unsupported scope') as string }),
  ]);
});
