import type { Command } from 'commander';
import { systemClock } from '@taffrail/platform/clock';
import { findLocalCluster, withClusterOptions, type ClusterOptions } from '../cluster.ts';
import { readClusterRecord } from '../cluster/cluster-record.ts';
import { UsageError } from '../failure.ts';
import { figuresOf, figuresText, type Figures } from '../status/component-figures.ts';
import { sampleComponent, type ComponentSample } from '../status/component-sample.ts';
import { mebibytes, tableLines } from '../status/table.ts';

interface Flags extends ClusterOptions {
  readonly interval: string;
  readonly count?: string;
  readonly output: string;
}

/** One row of `top`; scripts rely on the names. */
interface TopRow {
  readonly name: string;
  readonly state: string;
  readonly pid: number;
  /** Of one core. */
  readonly cpuPercent: number;
  readonly rssBytes: number;
  readonly figures: Figures;
}

const CLEAR = '\u001B[H\u001B[2J';

/** `top`: what each component does and uses, again and again. */
export function register(program: Command, signal: AbortSignal): void {
  withClusterOptions(
    program
      .command('top')
      .description('show rates, lag, CPU and memory of each component, live; once when it is not a terminal')
      .option('--interval <seconds>', 'time between two looks', '2')
      .option('--count <times>', 'end after so many looks (default: without end on a terminal, else 1)')
      .option('-o, --output <format>', 'text, or json for one look', 'text'),
  ).action(async (flags: Flags) => await top(flags, signal));
}

async function top(flags: Flags, signal: AbortSignal): Promise<void> {
  if (flags.output !== 'text' && flags.output !== 'json') {
    throw new UsageError(`--output is text or json, not "${flags.output}"`);
  }
  const intervalMs = seconds(flags.interval) * 1000;
  const live = process.stdout.isTTY && flags.output === 'text';
  const count = flags.output === 'json' ? 1 : flags.count === undefined ? (live ? Infinity : 1) : times(flags.count);
  const { dataDir } = findLocalCluster(flags);
  let before = await look(dataDir);
  for (let shown = 0; shown < count; shown++) {
    try {
      await systemClock.sleep(intervalMs, signal);
    } catch (error) {
      if (signal.aborted) return; // Ctrl-C is how it ends
      throw error;
    }
    const now = await look(dataDir);
    const rows = rowsOf(before, now);
    if (flags.output === 'json') console.log(JSON.stringify({ components: rows }));
    else process.stdout.write(`${live ? CLEAR : ''}${textOf(rows)}\n`);
    before = now;
  }
}

interface Look {
  readonly atMs: number;
  readonly samples: readonly ComponentSample[];
}

/** The record is read each time: a component that was started again has another process and other addresses. */
async function look(dataDir: string): Promise<Look> {
  const components = readClusterRecord(dataDir)?.components ?? [];
  const samples = await Promise.all(components.map(sampleComponent));
  return { atMs: systemClock.monotonicMs(), samples };
}

function rowsOf(before: Look, now: Look): readonly TopRow[] {
  const tookMs = now.atMs - before.atMs;
  return now.samples.map((sample) => {
    const earlier = before.samples.find(({ name, pid }) => name === sample.name && pid === sample.pid);
    const { name, state, pid, rssBytes } = sample;
    const cpuPercent = earlier === undefined ? 0 : Math.max(0, ((sample.cpuMs - earlier.cpuMs) / tookMs) * 100);
    return { name, state, pid, cpuPercent, rssBytes, figures: figuresOf(sample, earlier, tookMs / 1000) };
  });
}

function textOf(rows: readonly TopRow[]): string {
  const table = rows.map(({ name, state, cpuPercent, rssBytes, figures }) => [
    name,
    state,
    `${cpuPercent.toFixed(1)} %`,
    mebibytes(rssBytes),
    figuresText(name, figures),
  ]);
  const total = rows.reduce((sum, { rssBytes }) => sum + rssBytes, 0);
  const cpu = rows.reduce((sum, { cpuPercent }) => sum + cpuPercent, 0);
  const lines = tableLines([['COMPONENT', 'STATE', 'CPU', 'MEMORY', ''], ...table]);
  return [...lines, `together ${cpu.toFixed(1)} % of a core, ${mebibytes(total)}`].join('\n');
}

function seconds(text: string): number {
  const value = Number(text);
  if (value >= 0.2 && value <= 3_600) return value;
  throw new UsageError(`--interval is a number of seconds from 0.2 to 3600, not "${text}"`);
}

function times(text: string): number {
  if (/^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new UsageError(`--count is a number of at least 1, not "${text}"`);
}
