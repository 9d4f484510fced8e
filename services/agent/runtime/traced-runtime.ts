import { messageOf } from '@taffrail/platform/failure';
import type { Tracer } from '@taffrail/platform/tracer';
import { aroundRuntime } from './around-runtime.ts';
import type { Runtime } from './port.ts';

/** The runtime as one action uses it: each call is a span below `parent`. */
export function tracedRuntime(runtime: Runtime, tracer: Tracer, parent: string): Runtime {
  return aroundRuntime(runtime, async (operation, call) => {
    const span = tracer.begin(`runtime ${operation}`, 'client', parent);
    try {
      return await call();
    } catch (error) {
      span.fail(messageOf(error));
      throw error;
    } finally {
      span.end();
    }
  });
}
