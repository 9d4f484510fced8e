import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeMessages, encodeText, encodeVarint, textField } from './protobuf.ts';

describe('protobuf fields', () => {
  it('writes what the wire format says', () => {
    expect(encodeText(1, 'testing').toString('hex')).toBe('0a0774657374696e67');
    expect(encodeVarint(1, 150).toString('hex')).toBe('089601');
  });

  it('reads back every text, in the midst of fields it does not know', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(), fc.string(), (text, number, other) => {
        const message = Buffer.concat([encodeVarint(7, number), encodeText(1, text), encodeText(2, other)]);
        expect(textField(message, 1)).toBe(text);
      }),
    );
  });

  it('lists the values of a repeated field in order', () => {
    const item = (id: string): Buffer => encodeText(1, id);
    const list = Buffer.concat(['a', 'b'].map((id) => encodeText(1, item(id).toString('latin1'))));
    expect(decodeMessages(list, 1).map((message) => textField(message, 1))).toEqual(['a', 'b']);
    expect(decodeMessages(list, 2)).toEqual([]);
  });

  it('skips fixed-size fields and refuses a broken message', () => {
    const fixed = Buffer.from('0d00000000110000000000000000120178', 'hex');
    expect(textField(fixed, 2)).toBe('x');
    expect(() => textField(Buffer.from('ff', 'hex'), 1)).toThrow(/ends within a number/);
  });
});
