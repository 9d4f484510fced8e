import { expect, test } from 'vitest';
import { shownObject } from './shown-object.ts';

const SECRET = { group: '', resource: 'secrets' };

test("a Secret's values are hidden, and those that differ from the state before are told apart", () => {
  const before = { metadata: { annotations: { a: 'x' } }, data: { kept: 'MQ==', changed: 'Mg==' } };
  const after = { metadata: { annotations: { a: 'y' } }, data: { kept: 'MQ==', changed: 'Mw==', added: 'NA==' } };
  expect(shownObject(SECRET, after, { bookkeeping: false }, before)).toEqual({
    metadata: { annotations: { a: '(hidden, changed)' } },
    data: { kept: '(hidden)', changed: '(hidden, changed)', added: '(hidden)' },
  });
  expect(JSON.stringify(shownObject(SECRET, before, { bookkeeping: true }))).not.toMatch(/MQ|Mg|"x"/);
});

test('bookkeeping is left out unless it is asked for', () => {
  const object = { metadata: { name: 'a', generation: 2, resourceVersion: '3', managedFields: [] }, data: { k: 'v' } };
  const of = { group: '', resource: 'configmaps' };
  expect(shownObject(of, object, { bookkeeping: false })).toEqual({ metadata: { name: 'a' }, data: { k: 'v' } });
  expect(shownObject(of, object, { bookkeeping: true })).toEqual(object);
});
