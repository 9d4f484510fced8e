import { runService } from '@taffrail/controller/run-service';
import { systemClock as clock } from '@taffrail/platform/clock';
import { componentLogger } from '@taffrail/platform/logger';
import { systemRandom as random } from '@taffrail/platform/random';
import { runAgent } from './agent.ts';
import { agentFlags, USAGE } from './flags.ts';

const logger = componentLogger('agent');

await runService({
  logger,
  component: 'agent',
  usage: USAGE,
  flags: agentFlags,
  run: (flags, { tracer, metrics }, signal) => runAgent({ flags, clock, random, logger, tracer, metrics }, signal),
});
