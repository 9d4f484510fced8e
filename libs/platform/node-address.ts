import { existsSync, readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';

/** The IPv4 address other machines reach this one at: that of the default route's interface, else the first outer one, else loopback. */
export function nodeAddress(): string {
  const interfaces = networkInterfaces();
  const addressOf = (name: string): string | undefined =>
    interfaces[name]?.find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
  const preferred = defaultInterface();
  const candidates = preferred === undefined ? Object.keys(interfaces) : [preferred, ...Object.keys(interfaces)];
  for (const name of candidates) {
    const address = addressOf(name);
    if (address !== undefined) return address;
  }
  return '127.0.0.1';
}

/** From `/proc/net/route`: the interface of the route to 0.0.0.0/0. */
function defaultInterface(): string | undefined {
  if (!existsSync('/proc/net/route')) return undefined;
  const rows = readFileSync('/proc/net/route', 'utf8').split('\n').slice(1);
  return rows
    .map((row) => row.split('\t'))
    .find(([, destination, , , , , , mask]) => destination === '00000000' && mask === '00000000')?.[0];
}
