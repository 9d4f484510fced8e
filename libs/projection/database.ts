import { OperatingError, messageOf } from '@taffrail/platform/failure';
import { limits } from '@taffrail/platform/limits';
import { databaseAddress } from '@taffrail/platform/server-address';
import postgres from 'postgres';

/** Our connections to Postgres; int8 arrives as a number (revisions lie below 2^53). */
export type Database = postgres.Sql<{ bigint: number }>;
/** The same inside a transaction. */
export type Transaction = postgres.TransactionSql<{ bigint: number }>;
/** One connection of a pool, set aside: what a session holds stays until it is given back. */
export type ReservedConnection = postgres.ReservedSql<{ bigint: number }>;
/** A piece of a statement, to be put into one. */
export type Fragment = postgres.PendingQuery<postgres.Row[]>;

export interface DatabaseOptions {
  /** `postgres://…`, as `databaseAddress` reads it. */
  readonly url: string;
  /** Shown in `pg_stat_activity`. */
  readonly name: string;
  readonly connectionsCount: number;
  /** Settings of each connection, e.g. `plan_cache_mode`, `search_path`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Opens a pool. Connects when first asked, and again whenever it must. Close it with `end()`. */
export function openDatabase({ url, name, connectionsCount, settings }: DatabaseOptions): Database {
  const { url: base, ...address } = databaseAddress(url);
  return postgres(base, {
    ...address,
    max: connectionsCount,
    connect_timeout: limits.databaseConnectSeconds,
    idle_timeout: limits.databaseIdleSeconds,
    backoff: () => 0,
    onnotice: () => undefined,
    connection: { application_name: name, ...settings },
    types: { bigint: { to: 20, from: [20], serialize: (value: number) => String(value), parse: Number } },
  });
}

/** Codes of Postgres, by class, that say nothing about the statement: it may be tried again. */
const PASSING = /^(08|25P03|40|53|57P|58|XX000)/;
/** What the driver says when there is no connection. */
const NO_CONNECTION = new Set([
  'CONNECTION_CLOSED',
  'CONNECTION_ENDED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
]);

/** What went wrong in Postgres as an OperatingError: `storage-full`, `permission`, `timeout` (a lock) or `unavailable`; undefined for a bug of ours. */
export function databaseFailure(thrown: unknown): OperatingError | undefined {
  if (thrown instanceof OperatingError) return thrown;
  const code = (thrown as { readonly code?: unknown } | null)?.code;
  if (typeof code !== 'string') return undefined;
  if (code === '53100') {
    return new OperatingError('storage-full', 'the disk of Postgres is full', { cause: thrown, retryable: true });
  }
  if (code === '55P03') {
    return new OperatingError('timeout', 'the tables are in use and were not free in time', { cause: thrown });
  }
  if (code.startsWith('28')) {
    return new OperatingError('permission', `Postgres refuses us: ${messageOf(thrown)}`, { cause: thrown });
  }
  if (NO_CONNECTION.has(code) || PASSING.test(code)) {
    return new OperatingError('unavailable', `Postgres does not answer: ${messageOf(thrown)}`, { cause: thrown });
  }
  return undefined;
}

/** Runs a query and throws what went wrong as an OperatingError where it is one. */
export async function query<Result>(run: () => Promise<Result>): Promise<Result> {
  try {
    return await run();
  } catch (error) {
    throw databaseFailure(error) ?? error;
  }
}
