import { describe, expect, test } from 'vitest';
import { revision } from '@taffrail/platform/brand';
import { KeyCauses } from './key-causes.ts';

const change = (number: number) => ({ revision: revision(number), traceparent: `trace-${number}` });

describe('KeyCauses', () => {
  test('a plan names the first change, or a later one that explains more; the traces of the rest go beside it', () => {
    const causes = new KeyCauses();
    causes.add('k', change(1), false);
    causes.add('k', change(2), false);
    causes.add('k', change(3), true);
    expect(causes.take('k')).toEqual({ cause: change(3), others: ['trace-2', 'trace-1'] });
    expect(causes.take('k')).toBeUndefined();
  });

  test('what a failed plan was made for comes back behind what has come meanwhile', () => {
    const causes = new KeyCauses();
    causes.add('k', change(1), true);
    const taken = causes.take('k');
    if (taken === undefined) throw new Error('it was just added');
    causes.add('k', change(2), true);
    causes.giveBack('k', taken);
    expect(causes.take('k')).toEqual({ cause: change(2), others: ['trace-1'] });
    causes.giveBack('k', taken);
    expect(causes.take('k')).toEqual({ cause: change(1), others: [] });
  });
});
