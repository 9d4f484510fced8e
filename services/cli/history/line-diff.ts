/** One line of a comparison: in both texts, or only in the one or the other. */
export interface LineChange {
  readonly sign: ' ' | '-' | '+';
  readonly line: string;
}

/** Beyond this many insertions and deletions the shortest description is not searched for any more: all is replaced. */
const SEARCHED_CHANGES_COUNT = 2_000;

/** The shortest way from one list of lines to another (Myers' algorithm), removals before additions. */
export function lineChanges(from: readonly string[], to: readonly string[]): readonly LineChange[] {
  let start = 0;
  while (start < from.length && start < to.length && from[start] === to[start]) start += 1;
  let end = 0;
  while (end < from.length - start && end < to.length - start && from.at(-1 - end) === to.at(-1 - end)) end += 1;
  const same = (line: string): LineChange => ({ sign: ' ', line });
  return [
    ...from.slice(0, start).map(same),
    ...middle(from.slice(start, from.length - end), to.slice(start, to.length - end)),
    ...from.slice(from.length - end).map(same),
  ];
}

function middle(from: readonly string[], to: readonly string[]): readonly LineChange[] {
  const steps = from.length === 0 || to.length === 0 ? undefined : shortestSteps(from, to);
  if (steps !== undefined) return steps;
  return [...from.map((line) => ({ sign: '-', line }) as const), ...to.map((line) => ({ sign: '+', line }) as const)];
}

/** How far each diagonal came with each number of changes; walked back from the end it gives the steps. */
function shortestSteps(from: readonly string[], to: readonly string[]): readonly LineChange[] | undefined {
  const most = Math.min(from.length + to.length, SEARCHED_CHANGES_COUNT);
  let reached = new Map<number, number>([[1, 0]]);
  const rounds: ReadonlyMap<number, number>[] = [];
  for (let changes = 0; changes <= most; changes++) {
    rounds.push(reached);
    const next = new Map(reached);
    for (let diagonal = -changes; diagonal <= changes; diagonal += 2) {
      let x = comesDown(reached, diagonal, changes) ? at(reached, diagonal + 1) : at(reached, diagonal - 1) + 1;
      while (x < from.length && x - diagonal < to.length && from[x] === to[x - diagonal]) x += 1;
      next.set(diagonal, x);
      if (x >= from.length && x - diagonal >= to.length) return walkedBack(from, to, rounds);
    }
    reached = next;
  }
  return undefined;
}

/** Whether the furthest way to a diagonal is an addition to the one above it. */
function comesDown(reached: ReadonlyMap<number, number>, diagonal: number, changes: number): boolean {
  if (diagonal === -changes) return true;
  return diagonal !== changes && at(reached, diagonal - 1) < at(reached, diagonal + 1);
}

function at(reached: ReadonlyMap<number, number>, diagonal: number): number {
  return reached.get(diagonal) ?? -1;
}

function walkedBack(
  from: readonly string[],
  to: readonly string[],
  rounds: readonly ReadonlyMap<number, number>[],
): readonly LineChange[] {
  const steps: LineChange[] = [];
  let [x, y] = [from.length, to.length];
  for (let changes = rounds.length - 1; changes >= 0; changes--) {
    const reached = rounds[changes] ?? new Map<number, number>();
    const down = comesDown(reached, x - y, changes);
    const before = down ? x - y + 1 : x - y - 1;
    const beforeX = at(reached, before);
    const beforeY = beforeX - before;
    while (x > beforeX && y > beforeY && x > 0 && y > 0) {
      x -= 1;
      y -= 1;
      steps.push({ sign: ' ', line: from[x] ?? '' });
    }
    if (changes === 0) break;
    steps.push(down ? { sign: '+', line: to[beforeY] ?? '' } : { sign: '-', line: from[beforeX] ?? '' });
    [x, y] = [beforeX, beforeY];
  }
  return steps.toReversed();
}
