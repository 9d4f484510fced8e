import { systemClock } from '@taffrail/platform/clock';
import { collectWhenIdle } from '@taffrail/platform/collect-when-idle';
import { messageOf } from '@taffrail/platform/failure';
import { componentLogger } from '@taffrail/platform/logger';
import { systemRandom } from '@taffrail/platform/random';
import { parseFlags, USAGE } from './flags.ts';
import { runApi } from './run-api.ts';

const flags = parseFlags(process.argv.slice(2));
if (typeof flags === 'string') {
  process.stderr.write(`taffrail api: ${flags}\n${USAGE}\n`);
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
  await runApi(flags, { clock: systemClock, random: systemRandom, logger, signal: stopping.signal });
  process.exit(0);
} catch (thrown) {
  logger.fatal({ err: thrown }, 'the API server ends');
  process.stderr.write(`taffrail api: ${messageOf(thrown)}\n`);
  process.exit(1);
}
