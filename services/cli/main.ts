import { run } from './program.ts';

const controller = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => controller.abort(new Error(`received ${signal}`)));
}
const code = await run(process.argv.slice(2), controller.signal);
// A command may have set another one (`test` passes on its runner's).
if (code !== 0) process.exitCode = code;
