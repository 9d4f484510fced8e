import { expect, test } from 'vitest';
import { shownObject } from './shown-object.ts';

const SECRET = { group: '', resource: 'secrets' };
const encrypts = ({ resource }: { readonly resource: string }): boolean => resource === 'endpoints';

test("a Secret's values are hidden, and those that differ from the state before are told apart", () => {
  const before = { metadata: { annotations: { a: 'x' } }, data: { kept: 'MQ==', changed: 'Mg==' } };
  const after = { metadata: { annotations: { a: 'y' } }, data: { kept: 'MQ==', changed: 'Mw==', added: 'NA==' } };
  expect(shownObject(SECRET, after, { bookkeeping: false, encrypts }, before)).toEqual({
    metadata: { annotations: { a: '(hidden, changed)' } },
    data: { kept: '(hidden)', changed: '(hidden, changed)', added: '(hidden)' },
  });
  expect(JSON.stringify(shownObject(SECRET, before, { bookkeeping: true, encrypts }))).not.toMatch(/MQ|Mg|"x"/);
});

test('bookkeeping is left out unless it is asked for', () => {
  const object = { metadata: { name: 'a', generation: 2, resourceVersion: '3', managedFields: [] }, data: { k: 'v' } };
  const of = { group: '', resource: 'configmaps' };
  expect(shownObject(of, object, { bookkeeping: false, encrypts })).toEqual({
    metadata: { name: 'a' },
    data: { k: 'v' },
  });
  expect(shownObject(of, object, { bookkeeping: true, encrypts })).toEqual(object);
});

test('of what is declared to be encrypted everything is hidden that its envelope does not show', () => {
  const of = { group: '', resource: 'endpoints' };
  const head = { kind: 'Endpoints', apiVersion: 'v1' };
  const metadata = { name: 'a', uid: 'u', labels: { l: '1' }, finalizers: ['f/f'] };
  const before = { ...head, metadata, subsets: [{ addresses: [{ ip: '10.1.2.3' }] }], spec: { kept: 'x', gone: 1 } };
  const after = {
    ...head,
    metadata: { ...metadata, annotations: { a: '10.9.9.9' }, managedFields: [{ manager: 'm' }] },
    subsets: [],
    spec: { kept: 'x', added: { deep: 'x' } },
    immutable: true,
  };
  expect(shownObject(of, after, { bookkeeping: false, encrypts }, before)).toEqual({
    ...head,
    metadata: { ...metadata, annotations: { a: '(hidden)' } },
    subsets: '(hidden, changed)',
    spec: { kept: '(hidden)', added: '(hidden)' },
    immutable: '(hidden)',
  });
  const told = JSON.stringify(shownObject(of, after, { bookkeeping: true, encrypts }));
  expect(told).toContain('"managedFields":"(hidden)"');
});
