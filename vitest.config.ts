import { defineConfig } from 'vitest/config';

const conditions = ['source', 'node', 'import', 'module', 'default'];
const shared = {
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  /** Where vitest runs the global setup. */
  environments: { __vitest__: { resolve: { conditions } } },
};
const exclude = ['**/node_modules/**', '**/dist/**'];
const globalSetup = ['tests/setup/servers.ts'];
/** A server from outside is shared by every test file, so they take turns. */
const sharedServer = process.env['TEST_NATS_URL'] !== undefined || process.env['TEST_DATABASE_URL'] !== undefined;

export default defineConfig({
  ...shared,
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['**/*.test.ts'],
          exclude: [...exclude, '**/*.int.test.ts', '**/*.e2e.test.ts'],
        },
      },
      {
        ...shared,
        test: {
          name: 'integration',
          include: ['**/*.int.test.ts'],
          exclude,
          testTimeout: 60_000,
          hookTimeout: 60_000,
          globalSetup,
          maxWorkers: sharedServer ? 1 : 2,
        },
      },
      {
        ...shared,
        test: {
          name: 'e2e',
          include: ['**/*.e2e.test.ts'],
          exclude,
          testTimeout: 300_000,
          hookTimeout: 300_000,
          fileParallelism: false,
          maxConcurrency: 12,
        },
      },
    ],
  },
});
