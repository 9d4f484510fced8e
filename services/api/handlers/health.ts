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
  const excluded = new Set(query.getAll('exclude'));
  const results = all
    .filter((check) => (only === undefined || check.name === only) && !excluded.has(check.name))
    .map((check) => ({ name: check.name, failure: check.check() }));
  const failed = results.some((result) => result.failure !== undefined);
  if (!failed && !query.has('verbose')) {
    answerText(exchange, 200, 'ok');
    return true;
  }
  const lines = results.map(({ name, failure }) =>
    failure === undefined ? `[+]${name} ok` : `[-]${name} failed: ${failure}`,
  );
  lines.push(`${endpoint} check ${failed ? 'failed' : 'passed'}`);
  answerText(exchange, failed ? 503 : 200, `${lines.join('\n')}\n`);
  return true;
}
