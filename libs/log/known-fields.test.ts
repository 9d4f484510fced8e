import { limits } from '@taffrail/platform/limits';
import { expect, test } from 'vitest';
import { fieldsOfText, knownFields, textOfFields } from './known-fields.ts';

test('who writes or reads the same fields has the same value, and its text', () => {
  const written = knownFields({ 'f:data': { 'f:written': {} } });
  const text = '{"f:data":{"f:written":{}}}';
  expect(fieldsOfText(text)).toBe(written);
  expect(knownFields({ 'f:data': { 'f:written': {} } })).toBe(written);
  expect(textOfFields(written)).toBe(text);
  expect(textOfFields({ 'f:data': { 'f:written': {} } })).toBeUndefined();
});

test('texts are forgotten when there are too many, the oldest first, and values stay what they are', () => {
  const text = (at: number): string => JSON.stringify({ [`f:${'x'.repeat(50_000)}${at}`]: {} });
  const first = fieldsOfText(text(0));
  const count = Math.ceil(limits.fieldsTextsCharacters / 50_000) + 1;
  const values = Array.from({ length: count }, (_, at) => fieldsOfText(text(at)));
  expect(values[0]).toBe(first);
  expect(fieldsOfText(text(count - 1))).toBe(values.at(-1));
  expect(fieldsOfText(text(0))).not.toBe(first);
  expect(fieldsOfText(text(0))).toEqual(first);
  expect(textOfFields(first)).toBe(text(0));
});

test('what is very long is not remembered', () => {
  const fields = { [`f:${'x'.repeat(limits.fieldsTextCharacters)}`]: {} };
  expect(knownFields(fields)).toBe(fields);
  expect(textOfFields(fields)).toBeUndefined();
});
