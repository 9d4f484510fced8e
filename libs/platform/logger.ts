import { pino, type Logger as PinoLogger } from 'pino';
import { environmentVariable } from './environment.ts';

/** Structured log of a component: one JSON object a line on stderr. */
export type Logger = PinoLogger;

/** A logger for one component; the level comes from TAFFRAIL_LOG_LEVEL (default info). */
export function componentLogger(component: string): Logger {
  return pino(
    {
      base: { component },
      level: environmentVariable('TAFFRAIL_LOG_LEVEL') ?? 'info',
      timestamp: pino.stdTimeFunctions.isoTime,
    },
    pino.destination({ dest: 2, sync: true }),
  );
}

/** A logger that writes nothing, for tests and pure callers. */
export const silentLogger: Logger = pino({ level: 'silent' });
