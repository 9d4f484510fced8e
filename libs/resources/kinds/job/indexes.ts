import { quoted } from '../../validation/go-syntax.ts';

/** Why a text names no indexes. */
export interface IndexesFault {
  readonly fault: string;
}

interface Interval {
  readonly first: number;
  readonly last: number;
}

/** The intervals of a text such as `0,2-5`, in order; all of them below `completions`. */
export function parseIndexes(text: string, completions: number): readonly Interval[] | IndexesFault {
  const intervals: Interval[] = [];
  for (const part of text === '' ? [] : text.split(',')) {
    const interval = parseInterval(part, completions);
    if ('fault' in interval) return interval;
    const previous = intervals.at(-1);
    if (previous !== undefined && previous.last >= interval.first) return disorder(previous.last, interval.first);
    intervals.push(interval);
  }
  return intervals;
}

/** How many indexes a text names. */
export function countIndexes(text: string, completions: number): number | IndexesFault {
  const intervals = parseIndexes(text, completions);
  if ('fault' in intervals) return intervals;
  return intervals.reduce((total, { first, last }) => total + last - first + 1, 0);
}

function parseInterval(part: string, completions: number): Interval | IndexesFault {
  const limits = part.split('-');
  if (limits.length > 2) {
    const rule = "violates the requirement that an index interval can have at most two parts separated by '-'";
    return { fault: `the fragment ${quoted(part)} ${rule}` };
  }
  const numbers: number[] = [];
  for (const limit of limits) {
    if (!/^[+-]?\d+$/.test(limit)) return { fault: `cannot convert string to integer for index: ${quoted(limit)}` };
    if (Number(limit) >= completions) return { fault: `too large index: ${quoted(limit)}` };
    numbers.push(Number(limit));
  }
  const [first = 0, last] = numbers;
  if (last === undefined) return { first, last: first };
  return first >= last ? disorder(first, last) : { first, last };
}

function disorder(previous: number, current: number): IndexesFault {
  return { fault: `non-increasing order, previous: ${previous}, current: ${current}` };
}
