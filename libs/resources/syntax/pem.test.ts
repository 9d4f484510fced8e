import { expect, test } from 'vitest';
import { pemBlocks } from './pem.ts';

test('the blocks of a text are found, whatever stands between them', () => {
  const text = [
    'a word before',
    '-----BEGIN ONE-----',
    'AAEC',
    '\tAw==',
    '-----END ONE-----',
    'a word between',
    '-----BEGIN TWO-----\r',
    'Name: value\r',
    '\r',
    'BA==\r',
    '-----END TWO-----\r',
    '-----BEGIN THREE-----',
    'not base64!',
    '-----END THREE-----',
    '-----BEGIN FOUR-----',
    'AA==',
    '-----END FIVE-----',
  ].join('\n');
  expect(pemBlocks(text).map(({ kind, hasHeaders, bytes }) => [kind, hasHeaders, bytes.toString('hex')])).toEqual([
    ['ONE', false, '00010203'],
    ['TWO', true, '04'],
  ]);
  expect(pemBlocks('')).toEqual([]);
});
