import { humanDuration } from './kinds/duration.ts';

/** How long ago something was, and the text around it: what changes in a row while its object stays the same. */
export interface Elapsed {
  readonly before: string;
  /** Epoch milliseconds. */
  readonly sinceMs: number;
  readonly after: string;
}

/** A cell of a Table row, as it follows from the object alone. */
export type Cell = string | number | boolean | null | Elapsed;

/** A cell as it reads at a time. */
export function cellAt(cell: Cell, nowMs: number): string | number | boolean | null {
  if (typeof cell !== 'object' || cell === null) return cell;
  return `${cell.before}${humanDuration(nowMs - cell.sinceMs)}${cell.after}`;
}
