import { withRepairAdvice } from '@taffrail/log/damage';
import { systemClock } from '@taffrail/platform/clock';
import { collectWhenIdle } from '@taffrail/platform/collect-when-idle';
import { messageOf } from '@taffrail/platform/failure';
import { isHelpAsked } from '@taffrail/platform/help-asked';
import { componentLogger } from '@taffrail/platform/logger';
import { systemRandom } from '@taffrail/platform/random';
import { startTelemetry } from '@taffrail/telemetry/telemetry';
import { parseFlags, USAGE } from './flags.ts';
import { runApi } from './run-api.ts';

const args = process.argv.slice(2);
if (isHelpAsked(args)) {
  process.stdout.write(`${USAGE}\n`);
  process.exit(0);
}
const flags = parseFlags(args);
if (typeof flags === 'string') {
  process.stderr.write(`taffrail api: ${flags}\n`);
  process.exit(2);
}
const logger = componentLogger('api');
collectWhenIdle(systemClock);
const stopping = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    logger.info({ signal }, 'stopping');
    stopping.abort();
  });
}
try {
  const clock = systemClock;
  const telemetry = await startTelemetry({ component: 'api', flags: flags.telemetry, clock, logger });
  const { tracer, metrics } = telemetry;
  try {
    await runApi(flags, { clock, random: systemRandom, logger, tracer, metrics, signal: stopping.signal });
  } finally {
    await telemetry.close();
  }
  process.exit(0);
} catch (thrown) {
  const advised = withRepairAdvice(thrown);
  logger.fatal({ err: advised }, 'the API server ends');
  process.stderr.write(`taffrail api: ${messageOf(advised)}\n`);
  process.exit(1);
}
