import { PastExchange } from './past-exchange.ts';
import type { Exchange } from './exchange.ts';

/** A request to the API of a moment: `/at/<moment>[;speed=N][;until=MOMENT]/…`, not judged yet. */
export interface PastAddress {
  readonly exchange: PastExchange;
  /** The moment as it was written, decoded. */
  readonly moment: string;
  /** Ways to watch that the address names, for clients that cannot be told to ask for them. */
  readonly parameters: ReadonlyMap<string, string>;
}

const START = '/at/';

/** Reads the address of a moment; undefined when the path is none. A segment that cannot be decoded stands as it is. */
export function pastAddress(exchange: Exchange): PastAddress | undefined {
  const { path } = exchange;
  if (!path.startsWith(START)) return undefined;
  const slash = path.indexOf('/', START.length);
  const end = slash === -1 ? path.length : slash;
  const [moment = '', ...parameters] = decoded(path.slice(START.length, end)).split(';');
  return {
    exchange: new PastExchange(exchange, path.slice(0, end), slash === -1 ? '/' : path.slice(slash)),
    moment,
    parameters: new Map(parameters.map(pairOf)),
  };
}

function pairOf(text: string): [string, string] {
  const [name = '', ...value] = text.split('=');
  return [name, value.join('=')];
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // no moment is written like that: whoever reads it says so
  }
}
