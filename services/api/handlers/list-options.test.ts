import { describe, expect, test } from 'vitest';
import { revision } from '@taffrail/platform/brand';
import { decodeContinue, encodeContinue } from './continue-token.ts';
import { listOptions, watchOptions } from './list-options.ts';

function list(query: string): unknown {
  return listOptions(new URLSearchParams(query));
}

describe('list options', () => {
  test.each([
    ['', { type: 'latest' }],
    ['resourceVersion=0', { type: 'any' }],
    ['resourceVersion=2048', { type: 'not-older-than', revision: 2048 }],
    ['resourceVersion=2048&limit=5', { type: 'exact', revision: 2048 }],
    ['resourceVersion=2048&limit=5&resourceVersionMatch=NotOlderThan', { type: 'not-older-than', revision: 2048 }],
    ['resourceVersion=2048&resourceVersionMatch=Exact', { type: 'exact', revision: 2048 }],
  ])('%s', (query, demand) => {
    expect(list(query)).toMatchObject({ demand });
  });

  test.each([
    ['resourceVersionMatch=Exact', 422],
    ['resourceVersion=0&resourceVersionMatch=Exact', 422],
    ['resourceVersion=1&resourceVersionMatch=Maybe', 422],
    ['resourceVersion=abc', 500],
    ['limit=many', 400],
    ['timeoutSeconds=soon', 400],
    ['continue=zzzz', 400],
    ['sendInitialEvents=true', 422],
  ])('%s is refused with %i', (query, code) => {
    expect(list(query)).toMatchObject({ rejected: true, code });
  });

  test('a continue token pins the revision it was issued at', () => {
    const token = { revision: revision(4096), namespace: 'a', name: 'b' };
    expect(decodeContinue(encodeContinue(token))).toEqual(token);
    expect(list(`continue=${encodeContinue(token)}&limit=2`)).toMatchObject({
      demand: { type: 'exact', revision: 4096 },
      from: token,
      limit: 2,
    });
    expect(list(`continue=${encodeContinue(token)}&resourceVersion=5`)).toMatchObject({ code: 400 });
  });

  test('a token that goes on in another state asks for the newest', () => {
    const token = { revision: 'newest', namespace: 'a', name: 'b' } as const;
    expect(decodeContinue(encodeContinue(token))).toEqual(token);
    expect(list(`continue=${encodeContinue(token)}`)).toMatchObject({ demand: { type: 'latest' }, from: token });
  });
});

describe('watch options', () => {
  test.each([
    ['resourceVersionMatch=NotOlderThan', 422],
    ['sendInitialEvents=true', 422],
    ['sendInitialEvents=true&resourceVersionMatch=Exact', 422],
    ['continue=x', 422],
    ['timeoutSeconds=soon', 400],
  ])('%s is refused with %i', (query, code) => {
    expect(watchOptions(new URLSearchParams(query))).toMatchObject({ rejected: true, code });
  });

  test('initial events need a match rule and bookmarks are off unless asked', () => {
    const query = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&timeoutSeconds=9';
    expect(watchOptions(new URLSearchParams(query))).toEqual({
      after: undefined,
      sendInitialEvents: true,
      allowBookmarks: false,
      timeoutSeconds: 9,
    });
  });
});
