import { ensureCheckpointKey } from '@taffrail/log/checkpoint-key';
import { ensureCheckpoints, storeCheckpoint } from '@taffrail/log/checkpoint-stream';
import type { Checkpoint } from '@taffrail/log/checkpoint';
import type { NatsLink } from '@taffrail/log/connect';
import { planExcerpt, type TimeRange } from '@taffrail/log/excerpt';
import type { ExportedLog } from '@taffrail/log/export-log';
import { signHead } from '@taffrail/log/head-checkpoint';
import { systemClock } from '@taffrail/platform/clock';
import { keptCheckpoints } from './verify-logs.ts';

export interface ExcerptRequest {
  readonly range: TimeRange;
  /** Checkpoints the auditor has kept; the excerpt reaches to them. */
  readonly checkpointFile?: string;
  /** Where the key lies that signs the head when no checkpoint closes the range yet. */
  readonly dataDir: string;
}

/** What of each log an excerpt holds, and every checkpoint that lies in it. Signs the head where it must. */
export async function excerptLogs(
  link: NatsLink,
  whole: readonly ExportedLog[],
  signed: readonly Checkpoint[],
  { range, checkpointFile, dataDir }: ExcerptRequest,
  signal: AbortSignal,
): Promise<{ readonly logs: readonly ExportedLog[]; readonly checkpoints: readonly Checkpoint[] }> {
  const kept = await keptCheckpoints(checkpointFile);
  const logs: ExportedLog[] = [];
  const checkpoints: Checkpoint[] = [];
  for (const { log, ...stretch } of whole) {
    // Of a log that was cut off to its end nothing can be shown.
    if (stretch.first > stretch.until) continue;
    let plan = await planExcerpt(log, stretch, range, { checkpoints: signed, kept }, signal);
    if (plan.sign) {
      const key = await ensureCheckpointKey(dataDir);
      await ensureCheckpoints(link);
      const head = await signHead(log, { key, nowMs: systemClock.nowMs(), signal });
      await storeCheckpoint(link, head);
      checkpoints.push(head);
      plan = { ...plan, until: head.sequence };
    }
    logs.push({ log, first: plan.first, until: plan.until });
    checkpoints.push(
      ...[...signed, ...kept].filter(
        (one) => one.log === log.name && one.sequence >= plan.first && one.sequence <= plan.until,
      ),
    );
  }
  return { logs, checkpoints };
}
