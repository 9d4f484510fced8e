import { humanDuration } from '@taffrail/resources/kinds/duration';
import type { Cell } from '@taffrail/resources/cell';

/** The cells of a Table row as JSON, in pieces between which the ages stand. */
interface RowText {
  readonly texts: readonly string[];
  /** Epoch milliseconds; one fewer than there are texts. */
  readonly sincesMs: readonly number[];
}

/**
 * The rows of objects that were listed before. An object never changes, so its cells follow from it once and for all but
 * for the ages in them; without this a list parses every object it shows. Bounded in two generations: when the younger one
 * is full it becomes the elder, and what was not asked for since then is forgotten. Rows go with their objects.
 */
export class KeptRows<K extends WeakKey> {
  readonly #generationCount: number;
  #young = new WeakMap<K, RowText>();
  #elder = new WeakMap<K, RowText>();
  #count = 0;

  /** Keeps at least the last `generationCount` rows and at most twice as many. */
  constructor(generationCount: number) {
    this.#generationCount = generationCount;
  }

  /** The JSON array of an object's cells as they read at a time; `cells` is called when they are not known. */
  cells(object: K, nowMs: number, cells: () => readonly Cell[]): string {
    let row = this.#young.get(object);
    if (row === undefined) {
      row = this.#elder.get(object) ?? rowText(cells());
      this.#keep(object, row);
    }
    return textAt(row, nowMs);
  }

  /** Makes an object's row when it is not known; whether it had to be made. */
  make(object: K, cells: () => readonly Cell[]): boolean {
    if (this.#young.has(object) || this.#elder.has(object)) return false;
    this.#keep(object, rowText(cells()));
    return true;
  }

  #keep(object: K, row: RowText): void {
    if (this.#count >= this.#generationCount) {
      this.#elder = this.#young;
      this.#young = new WeakMap();
      this.#count = 0;
    }
    this.#young.set(object, row);
    this.#count++;
  }
}

function rowText(cells: readonly Cell[]): RowText {
  const texts: string[] = [];
  const sincesMs: number[] = [];
  let text = '[';
  for (const [at, cell] of cells.entries()) {
    if (at > 0) text += ',';
    if (typeof cell !== 'object' || cell === null) {
      text += JSON.stringify(cell);
    } else {
      texts.push(`${text}"${escaped(cell.before)}`);
      sincesMs.push(cell.sinceMs);
      text = `${escaped(cell.after)}"`;
    }
  }
  texts.push(`${text}]`);
  return { texts, sincesMs };
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** An age has nothing in it that JSON would escape. */
function textAt({ texts, sincesMs }: RowText, nowMs: number): string {
  let text = texts[0] ?? '';
  for (const [at, sinceMs] of sincesMs.entries()) text += humanDuration(nowMs - sinceMs) + (texts[at + 1] ?? '');
  return text;
}
