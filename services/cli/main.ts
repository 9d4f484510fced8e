import { run } from './program.ts';

const controller = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => controller.abort(new Error(`received ${signal}`)));
}
process.exitCode = await run(process.argv.slice(2), controller.signal);
