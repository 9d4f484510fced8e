import { answerText } from '../http/answer.ts';
import type { Exchange } from '../http/exchange.ts';

/** One thing a health endpoint looks at. */
export interface HealthCheck {
  readonly name: string;
  /** Undefined when all is well, else why not (shown to anyone: no inside). */
  check(): string | undefined;
}

/** The checks behind `/healthz`, `/livez` and `/readyz`. */
export interface HealthChecks {
  readonly live: readonly HealthCheck[];
  readonly ready: readonly HealthCheck[];
}

const PATHS = new Map([
  ['healthz', 'live'],
  ['livez', 'live'],
  ['readyz', 'ready'],
] as const);

/**
 * Answers a health endpoint, or undefined when the path is none: `ok` or the list of checks with `?verbose`;
 * `?exclude=` leaves checks out and `/readyz/<check>` asks for one.
 */
export function answerHealth(
  exchange: Exchange,
  segments: readonly string[],
  query: URLSearchParams,
  checks: HealthChecks,
): boolean {
  const [endpoint = '', only, ...rest] = segments;
  const kind = PATHS.get(endpoint as 'healthz');
  if (kind === undefined || rest.length > 0) return false;
  const all = checks[kind];
  if (only !== undefined && !all.some((check) => check.name === only)) return false;
  if (only !== undefined) return answerCheck(exchange, all.find((check) => check.name === only)?.check());
  const excluded = new Set(query.getAll('exclude').filter((name) => name !== ''));
  const results = all.map((check) =>
    excluded.has(check.name)
      ? { name: check.name, said: 'excluded: ok', failure: undefined }
      : { name: check.name, said: 'ok', failure: check.check() },
  );
  const failed = results.some((result) => result.failure !== undefined);
  if (!failed && !query.has('verbose')) {
    answerText(exchange, 200, 'ok');
    return true;
  }
  const lines = results.map(({ name, said, failure }) =>
    failure === undefined ? `[+]${name} ${said}` : `[-]${name} failed: ${failure}`,
  );
  const unmatched = [...excluded].filter((name) => !all.some((check) => check.name === name));
  if (unmatched.length > 0) {
    const names = unmatched.map((name) => JSON.stringify(name)).join(', ');
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names}`);
  }
  lines.push(`${endpoint} check ${failed ? 'failed' : 'passed'}`);
  answerText(exchange, failed ? 500 : 200, `${lines.join('\n')}\n`);
  return true;
}

function answerCheck(exchange: Exchange, failure: string | undefined): boolean {
  if (failure === undefined) answerText(exchange, 200, 'ok');
  else answerText(exchange, 500, `internal server error: ${failure}\n`);
  return true;
}
