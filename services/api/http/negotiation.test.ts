import { describe, expect, test } from 'vitest';
import { isRejection } from '@taffrail/machinery/rejection';
import { LIST_OFFER, OBJECT_OFFER, PLAIN_OFFER, negotiate, wantsPretty } from './negotiation.ts';

const KUBECTL =
  'application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json';

describe('negotiate', () => {
  test.each([
    [undefined, { format: 'json', shape: 'object' }],
    ['*/*', { format: 'json', shape: 'object' }],
    ['application/*;q=0.5', { format: 'json', shape: 'object' }],
    ['text/html, application/yaml', { format: 'yaml', shape: 'object' }],
    ['application/vnd.kubernetes.protobuf,application/json', { format: 'json', shape: 'object' }],
    ['application/yaml;q=0.2, application/json;q=0.9', { format: 'json', shape: 'object' }],
    [KUBECTL, { format: 'json', shape: 'table' }],
    ['application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1', { format: 'json', shape: 'partial-list' }],
    ['application/json;stream=watch', { format: 'json', shape: 'object' }],
    ['application/json;as=Table;v=v1beta1;g=meta.k8s.io, application/json', { shape: 'table', metaVersion: 'v1beta1' }],
    ['application/json;as=Table;v=v1alpha1;g=meta.k8s.io, application/json', { format: 'json', shape: 'object' }],
    ['application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io, */*', { format: 'json', shape: 'object' }],
    ['*/*, application/yaml', { format: 'yaml', shape: 'object' }],
    ['application/json;q=0, application/yaml;q=0.1', { format: 'yaml', shape: 'object' }],
  ])('%s', (accept, expected) => {
    expect(negotiate(accept, LIST_OFFER, false)).toMatchObject(expected);
  });

  test('an endpoint of one shape falls back to the next clause', () => {
    expect(negotiate(KUBECTL, PLAIN_OFFER, false)).toMatchObject({ shape: 'object' });
  });

  test('an unknown media type lists what there is, with empty details', () => {
    const refused = negotiate('application/pdf', LIST_OFFER, false);
    expect(refused).toMatchObject({ code: 406, reason: 'NotAcceptable', details: {} });
    expect((refused as { message: string }).message).toContain('application/json;stream=watch');
  });

  test('a known media type in an unknown shape is refused without details', () => {
    const refused = negotiate('application/json;as=Poster;g=meta.k8s.io;v=v1', OBJECT_OFFER, false);
    expect(isRejection(refused)).toBe(true);
    expect(refused).not.toHaveProperty('details');
  });
});

test('curl gets indented JSON, clients get it only when they ask', () => {
  expect(wantsPretty(new URLSearchParams(), 'curl/8.0')).toBe(true);
  expect(wantsPretty(new URLSearchParams(), 'kubectl/v1.32')).toBe(false);
  expect(wantsPretty(new URLSearchParams('pretty=true'), 'kubectl/v1.32')).toBe(true);
  expect(wantsPretty(new URLSearchParams('pretty=false'), 'curl/8.0')).toBe(false);
  expect(wantsPretty(new URLSearchParams('pretty=junk'), 'curl/8.0')).toBe(false);
  expect(wantsPretty(new URLSearchParams('pretty='), 'curl/8.0')).toBe(true);
  expect(wantsPretty(new URLSearchParams('pretty='), 'kubectl/v1.32')).toBe(false);
});
