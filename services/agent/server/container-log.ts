import { logFileLines, type LogFileOptions } from './log-file.ts';
import { parseLogLine } from './log-line.ts';

/** What of a log is wanted, as `kubectl logs` asks. */
export interface ContainerLogOptions extends LogFileOptions {
  /** Epoch milliseconds of the oldest line wanted. */
  readonly sinceMs: number | undefined;
  readonly timestamps: boolean;
  readonly limitBytes: number | undefined;
}

/** A container's log as its reader sees it: content, each whole line with its time when asked for. */
export async function* containerLog(options: ContainerLogOptions, signal: AbortSignal): AsyncGenerator<Buffer> {
  let left = options.limitBytes ?? Number.POSITIVE_INFINITY;
  let atLineStart = true;
  for await (const text of logFileLines(options, signal)) {
    const line = parseLogLine(text);
    if (line === undefined) continue;
    if (options.sinceMs !== undefined && Date.parse(line.timestamp) < options.sinceMs) continue;
    const time = options.timestamps && atLineStart ? `${line.timestamp} ` : '';
    atLineStart = !line.partial;
    const chunk = Buffer.from(`${time}${line.content}${line.partial ? '' : '\n'}`);
    if (chunk.length >= left) {
      yield chunk.subarray(0, left);
      return;
    }
    left -= chunk.length;
    yield chunk;
  }
}
