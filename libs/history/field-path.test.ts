import { expect, test } from 'vitest';
import { parseFieldPath, valueAt } from './field-path.ts';

const object = {
  metadata: { annotations: { 'a.b/c': 'x' } },
  spec: {
    replicas: 3,
    containers: [
      { name: 'side', image: 's' },
      { name: 'web', image: 'w' },
    ],
  },
};

test.each<[string, unknown]>([
  ['spec.replicas', 3],
  ['.spec.replicas', 3],
  ['{.spec.replicas}', 3],
  ['$.spec.replicas', 3],
  ['spec.containers[1].image', 'w'],
  ['spec.containers[web].image', 'w'],
  ['spec.containers[*].image', ['s', 'w']],
  ["metadata.annotations['a.b/c']", 'x'],
  [String.raw`metadata.annotations.a\.b/c`, 'x'],
  ['spec.nothing.there', undefined],
  ['spec.containers[none].image', undefined],
  ['spec.constructor', undefined],
])('%s is read as kubectl and summaries write it', (text, value) => {
  const path = parseFieldPath(text);
  expect(path).toBeDefined();
  expect(valueAt(object, path ?? [])).toEqual(value);
});

test.each(['', '.', 'spec[', 'spec[]', 'spec..x', "spec['a"])('%j is no path', (text) => {
  expect(parseFieldPath(text)).toBeUndefined();
});
