import { describe } from 'vitest';
import { commitLogSuite } from './commit-log.suite.ts';
import { memoryLog } from './memory-log.ts';

describe('memory log', () => commitLogSuite(async () => memoryLog('TEST')));
