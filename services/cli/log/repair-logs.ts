import { isRunning, terminate } from '@taffrail/embedded/running-process';
import { CLUSTER_LOGS } from '@taffrail/log/cluster-logs';
import { connectNats, type NatsLink } from '@taffrail/log/connect';
import { discardReplaced, logStreams } from '@taffrail/log/segments';
import { systemClock } from '@taffrail/platform/clock';
import { componentLogger } from '@taffrail/platform/logger';
import { openDatabase, type Database } from '@taffrail/projection/database';
import { migrate } from '@taffrail/projection/migrate';
import { repairLog, surveyLog, type Damage, type RepairOptions, type Survey } from '@taffrail/projection/repair';
import type { ClusterRecord } from '../cluster/cluster-record.ts';
import { confirmed } from '../confirmed.ts';

export interface RepairLogsOptions {
  /** Do not ask. */
  readonly yes: boolean;
  /** Remove what earlier repairs have replaced instead. */
  readonly discard: boolean;
  readonly output: 'text' | 'json';
  readonly signal: AbortSignal;
}

/** How many places are named before the rest is counted. */
const NAMED_COUNT = 20;

/** Compares every log with its second copy, prints what is damaged, asks, and restores it. Throws as `repairLog` does. */
export async function repairLogs(record: ClusterRecord, options: RepairLogsOptions): Promise<void> {
  const { signal } = options;
  const logger = componentLogger('log-repair');
  const link = await connectNats({ url: record.natsUrl, name: 'taffrail-repair', clock: systemClock, logger, signal });
  const database = openDatabase({ url: record.databaseUrl, name: 'taffrail-repair', connectionsCount: 1 });
  try {
    if (options.discard) await discard(link, options);
    else await repair(record, { link, database }, options);
  } finally {
    await Promise.all([link.close(), database.end({ timeout: 1 })]);
  }
}

async function discard(link: NatsLink, { output }: RepairLogsOptions): Promise<void> {
  const discarded: string[] = [];
  for (const { name } of CLUSTER_LOGS) discarded.push(...(await discardReplaced(link, name)));
  if (output === 'json') console.log(JSON.stringify({ discarded }));
  else console.log(discarded.length === 0 ? 'nothing was kept' : `removed the streams ${discarded.join(', ')}`);
}

async function repair(
  record: ClusterRecord,
  servers: { readonly link: NatsLink; readonly database: Database },
  options: RepairLogsOptions,
): Promise<void> {
  const { output, signal } = options;
  await migrate(record.databaseUrl);
  const places: RepairOptions[] = [];
  const surveys: Survey[] = [];
  for (const { name: log, trimmable } of CLUSTER_LOGS) {
    if (trimmable && (await logStreams(servers.link, log)).length === 0) continue;
    const one = { ...servers, log, trimmable, signal };
    places.push(one);
    surveys.push(await surveyLog(one));
  }
  if (output === 'text') for (const survey of surveys) console.log(lineOf(survey));
  if (surveys.every(isIntact)) {
    if (output === 'json') console.log(JSON.stringify(surveys));
    return;
  }
  if (!options.yes) {
    const question = 'Write what is whole into new streams and go on with them?';
    await confirmed(question, 'a repair asks first: run it on a terminal, or with --yes', signal);
  }
  const repaired = [];
  for (const [index, place] of places.entries()) {
    const survey = surveys[index];
    repaired.push(survey === undefined || isIntact(survey) ? survey : await repairLog(place));
  }
  await restartApi(record);
  if (output === 'json') console.log(JSON.stringify(repaired));
  else {
    console.log('repaired; the damaged streams are kept, sealed, until "taffrail log repair --discard"');
  }
}

function isIntact({ damaged, copyDamaged }: Survey): boolean {
  return damaged.length === 0 && copyDamaged.length === 0;
}

function lineOf(survey: Survey): string {
  const { log, commits, head, damaged, copyDamaged } = survey;
  if (isIntact(survey)) return `${log}: ${commits} commits up to ${head}, the same in the log and in Postgres`;
  const parts = [`${log}: ${commits} commits up to ${head}`];
  for (const what of ['missing', 'altered'] as const) {
    const places = damaged.filter((damage) => damage.what === what).map((damage: Damage) => damage.sequence);
    if (places.length > 0) parts.push(`${places.length} ${what} in the log (${named(places)})`);
  }
  if (copyDamaged.length > 0) parts.push(`${copyDamaged.length} damaged in Postgres (${named(copyDamaged)})`);
  return parts.join('; ');
}

function named(places: readonly number[]): string {
  const shown = places.slice(0, NAMED_COUNT).join(', ');
  return places.length > NAMED_COUNT ? `${shown}, …` : shown;
}

/** An API server has the replaced stream open; its supervisor starts it again at once. */
async function restartApi({ components }: ClusterRecord): Promise<void> {
  const process = components.find(({ name }) => name === 'api')?.process;
  if (process !== undefined && isRunning(process)) await terminate(process, { clock: systemClock });
}
