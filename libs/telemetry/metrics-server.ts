import { createServer } from 'node:http';
import { isIPv4 } from 'node:net';
import { OperatingError } from '@taffrail/platform/failure';
import type { Metrics } from '@taffrail/platform/metrics';
import { PROMETHEUS_CONTENT_TYPE, prometheusText } from '@taffrail/platform/prometheus-text';

export interface MetricsAddress {
  readonly host: string;
  /** 0 for any free one. */
  readonly port: number;
}

/** Reads `127.0.0.1:9464`; undefined when it is none. */
export function parseMetricsAddress(text: string): MetricsAddress | undefined {
  const [, host = '', digits = ''] = /^([\d.]+):(\d{1,5})$/.exec(text) ?? [];
  return isIPv4(host) && Number(digits) <= 65_535 ? { host, port: Number(digits) } : undefined;
}

/** Where a component's metrics are scraped. */
export interface MetricsServer {
  readonly port: number;
  close(): void;
}

/**
 * Serves `/metrics` without authentication: it tells numbers and the names of resources, never of objects. `up` has it
 * serve this machine only. Throws OperatingError `address-in-use` or `permission`.
 */
export async function serveMetrics(metrics: Metrics, { host, port }: MetricsAddress): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    if (request.url !== '/metrics' || request.method !== 'GET') {
      response.writeHead(404).end('404 page not found\n');
      return;
    }
    const families = metrics.collect();
    response.writeHead(200, { 'content-type': PROMETHEUS_CONTENT_TYPE }).end(prometheusText(families));
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', (error: NodeJS.ErrnoException) => {
    const code = error.code === 'EADDRINUSE' ? 'address-in-use' : 'permission';
    reject(new OperatingError(code, `metrics cannot be served on ${host}:${port}: ${error.message}`));
  });
  server.listen(port, host, resolve);
  await promise;
  // Scrapes come and go; they are no reason for the process to stay.
  server.unref();
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}
