/** One line of a container's log as runtimes write it. */
export interface LogLine {
  /** RFC 3339 with up to nine decimals. */
  readonly timestamp: string;
  readonly stream: 'stdout' | 'stderr';
  /** The line goes on in the next entry. */
  readonly partial: boolean;
  readonly content: string;
}

const LINE = /^(\S+) (stdout|stderr) ([FP])(?::\S+)? ?(.*)$/s;

/** Reads `<time> stdout|stderr F|P[:tags] <content>`; undefined for anything else. */
export function parseLogLine(text: string): LogLine | undefined {
  const match = LINE.exec(text);
  if (match === null) return undefined;
  const [, timestamp = '', stream, tag, content = ''] = match;
  return { timestamp, stream: stream === 'stderr' ? 'stderr' : 'stdout', partial: tag === 'P', content };
}
