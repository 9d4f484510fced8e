import { describe } from 'vitest';
import { latestLogSuite } from './latest-log.suite.ts';
import { memoryLatestLog } from './memory-latest-log.ts';

const createdMs = 1_790_000_000_000;
describe('memory latest log', () => latestLogSuite(async () => memoryLatestLog('TEST', createdMs), createdMs));
