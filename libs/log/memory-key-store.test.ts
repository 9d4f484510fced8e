import { describe } from 'vitest';
import { keyStoreSuite } from './key-store.suite.ts';
import { memoryKeyStore } from './memory-key-store.ts';

describe('memory key store', () => keyStoreSuite(async () => memoryKeyStore()));
