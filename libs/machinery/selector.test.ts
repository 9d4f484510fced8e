import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseFieldSelector, unselectableField } from './field-selector.ts';
import { labelSelectorOf, parseLabelSelector } from './label-selector.ts';
import { isRejection } from './rejection.ts';
import {
  EVERYTHING,
  type FieldSelector,
  fieldSelectorText,
  type LabelSelector,
  labelSelectorText,
  matchesFields,
  matchesLabels,
  NOTHING,
} from './selector.ts';

function labels(text: string): LabelSelector {
  const selector = parseLabelSelector(text);
  if (isRejection(selector)) throw new Error(selector.message);
  return selector;
}

function fields(text: string): FieldSelector {
  const selector = parseFieldSelector(text);
  if (isRejection(selector)) throw new Error(selector.message);
  return selector;
}

describe('label selectors', () => {
  const object = { app: 'web', tier: 'front', idx: '7', empty: '' };

  test.each<[string, boolean]>([
    ['', true],
    ['app=web', true],
    ['app==web', true],
    ['app = web , tier = front', true],
    ['app=other', false],
    ['app!=other', true],
    ['missing!=x', true],
    ['missing=', false],
    ['empty=', true],
    ['app', true],
    ['missing', false],
    ['!missing', true],
    ['! app', false],
    ['app in (web,other)', true],
    ['app in ( other )', false],
    ['app notin (other)', true],
    ['missing notin (web)', true],
    ['empty in ()', true],
    ['empty in (,)', true],
    ['app in (web,,x)', true],
    ['idx>6', true],
    ['idx>7', false],
    ['idx<8', true],
    ['app>1', false],
    ['missing<1', false],
    ['toString', false],
    ['!__proto__', true],
    ['in in (in)', false],
    ['app=in', false],
    ['a.b/c notin (x),app', true],
  ])('%j against the labels is %s', (text, expected) => {
    if (text === '!__proto__') {
      expect(isRejection(parseLabelSelector(text))).toBe(true);
      return;
    }
    expect(matchesLabels(labels(text), object)).toBe(expected);
  });

  test.each<[string, string]>([
    ['a b c', "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
    ['a,', "found '', expected: identifier after ','"],
    [',a', "found ',', expected: !, identifier, or 'end of string'"],
    ['a=b c', "found 'c', expected: ',' or 'end of string'"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
    ['a in b', "unable to parse requirement: found 'b' expected: '('"],
    ['a in (b', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['a in (b c)', "unable to parse requirement: found 'c', expected: ',' or ')'"],
    ['!a=b', "found '=', expected: ',' or 'end of string'"],
    ['a=(', "unable to parse requirement: found '(', expected: identifier"],
    [
      'a>x',
      "unable to parse requirement: values[0]: Invalid value: \"x\": for 'Gt', 'Lt' operators, the value must be an integer",
    ],
  ])('%j is refused with %j', (text, message) => {
    expect(parseLabelSelector(text)).toMatchObject({ code: 400, reason: 'BadRequest', message });
  });

  test('a key or a value that is no label says why', () => {
    expect(parseLabelSelector('-a=b')).toMatchObject({
      message: expect.stringMatching(
        /^unable to parse requirement: <nil>: Invalid value: "-a": name part must consist of/,
      ),
    });
    expect(parseLabelSelector('a=-b')).toMatchObject({
      message: expect.stringMatching(
        /^unable to parse requirement: values\[0\]\[a\]: Invalid value: "-b": a valid label must be/,
      ),
    });
  });

  test('requirements are ordered by key and values within their set', () => {
    expect(labelSelectorText(labels('z=1,a in (y,x),!m,b'))).toBe('a in (x,y),b,!m,z=1');
  });

  test('objects of the API mean the same as text', () => {
    const selector = labelSelectorOf({
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['front', 'back'] },
        { key: 'old', operator: 'DoesNotExist' },
        { key: 'idx', operator: 'Exists' },
        { key: 'app', operator: 'NotIn', values: ['x'] },
      ],
    });
    expect(selector).toEqual(labels('app=web,app notin (x),idx,!old,tier in (back,front)'));
  });

  test('no selector selects nothing, an empty one everything', () => {
    expect(labelSelectorOf(undefined)).toBe(NOTHING);
    expect(matchesLabels(NOTHING, object)).toBe(false);
    expect(labelSelectorOf({})).toEqual(EVERYTHING);
    expect(matchesLabels(EVERYTHING, {})).toBe(true);
  });

  test('an object with an unknown operator or no values is refused', () => {
    expect(labelSelectorOf({ matchExpressions: [{ key: 'a', operator: 'Near' }] })).toMatchObject({
      code: 400,
      message: '"Near" is not a valid label selector operator',
    });
    expect(labelSelectorOf({ matchExpressions: [{ key: 'a', operator: 'In' }] })).toMatchObject({ code: 400 });
  });

  const word = fc.stringMatching(/^[a-z0-9]([a-z0-9._-]{0,5}[a-z0-9])?$/);
  const requirement = fc.oneof(
    fc.record({ key: word, operator: fc.constantFrom('exists' as const, '!' as const), values: fc.constant([]) }),
    fc.record({ key: word, operator: fc.constantFrom('=' as const, '!=' as const), values: fc.tuple(word) }),
    fc.record({
      key: word,
      operator: fc.constantFrom('in' as const, 'notin' as const),
      values: fc.uniqueArray(word, { minLength: 1, maxLength: 3 }).map((values) => values.toSorted()),
    }),
  );

  test('text and requirements are two forms of the same', () => {
    fc.assert(
      fc.property(fc.array(requirement, { maxLength: 4 }), (requirements) => {
        const ordered = requirements.toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
        expect(labels(labelSelectorText(ordered))).toEqual(ordered);
      }),
    );
  });

  test('any text is either a selector or refused with 400', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab=!(),<> in notin-_./é'.split('')) }), (text) => {
        const selector = parseLabelSelector(text);
        if (isRejection(selector)) expect(selector.code).toBe(400);
        else expect(parseLabelSelector(labelSelectorText(selector))).toEqual(selector);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('field selectors', () => {
  const object = { 'metadata.name': 'a', 'spec.nodeName': '' };

  test.each<[string, boolean]>([
    ['', true],
    ['metadata.name=a', true],
    ['metadata.name==a', true],
    ['metadata.name!=a', false],
    ['metadata.name=a,spec.nodeName=', true],
    ['spec.nodeName!=', false],
    ['missing=', true],
    [',,metadata.name=a,', true],
  ])('%j against the fields is %s', (text, expected) => {
    expect(matchesFields(fields(text), object)).toBe(expected);
  });

  test('escaped commas, equals signs and backslashes belong to the value', () => {
    expect(fields(String.raw`a=x\,y\=z\\`)).toEqual([{ field: 'a', operator: '=', value: 'x,y=z\\' }]);
  });

  test.each<[string, string]>([
    ['a', "invalid selector: 'a'; can't understand 'a'"],
    ['a=b=c', 'invalid field selector: unescaped character in value: 61'],
    [String.raw`a=b\c`, String.raw`invalid field selector: invalid escape sequence: \c`],
    ['a=b\\', 'invalid field selector: invalid escape sequence: \\'],
  ])('%j is refused with %j', (text, message) => {
    expect(parseFieldSelector(text)).toMatchObject({ code: 400, message });
  });

  test('fields a resource cannot be selected by are refused', () => {
    expect(unselectableField(fields('metadata.name=a,metadata.namespace=b'), [])).toBeUndefined();
    expect(unselectableField(fields('spec.nodeName=a'), ['spec.nodeName'])).toBeUndefined();
    expect(unselectableField(fields('data.i=1'), [])).toMatchObject({
      code: 400,
      message: '"data.i" is not a known field selector: only "metadata.name", "metadata.namespace"',
    });
    expect(unselectableField(fields('spec.x=1'), ['spec.nodeName'])).toMatchObject({
      message: 'field label not supported: spec.x',
    });
  });

  test('text and requirements are two forms of the same', () => {
    const requirement = fc.record({
      field: fc.stringMatching(/^[a-z][a-z.]{0,8}$/),
      operator: fc.constantFrom('=' as const, '!=' as const),
      value: fc.string({ unit: fc.constantFrom('a', 'b', ',', '=', '\\', '!') }),
    });
    fc.assert(
      fc.property(fc.array(requirement, { maxLength: 3 }), (requirements) => {
        const read = fields(fieldSelectorText(requirements));
        const order = (selector: FieldSelector): string[] => selector.map((item) => JSON.stringify(item)).toSorted();
        expect(order(read)).toEqual(order(requirements));
      }),
    );
  });
});
