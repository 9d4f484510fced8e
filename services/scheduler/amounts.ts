import type { Container, Pod } from '@taffrail/resources/generated/types';
import { milliValue, parseQuantity, wholeValue } from '@taffrail/resources/syntax/quantity';

/** Amounts by resource name: cpu in thousandths, everything else in whole units (bytes, devices). */
export type Amounts = Readonly<Record<string, number>>;

type Quantities = Readonly<Record<string, string>> | undefined;

/** Reads quantities into amounts. What is no quantity cannot have passed validation and counts as nothing. */
export function amountsOf(quantities: Quantities): Amounts {
  const amounts: Record<string, number> = {};
  for (const [name, text] of Object.entries(quantities ?? {})) {
    const quantity = parseQuantity(text);
    if (quantity !== undefined) amounts[name] = name === 'cpu' ? milliValue(quantity) : wholeValue(quantity);
  }
  return amounts;
}

export function plus(a: Amounts, b: Amounts): Amounts {
  const total: Record<string, number> = { ...a };
  for (const [name, amount] of Object.entries(b)) total[name] = (total[name] ?? 0) + amount;
  return total;
}

function atLeast(a: Amounts, b: Amounts): Amounts {
  const most: Record<string, number> = { ...a };
  for (const [name, amount] of Object.entries(b)) most[name] = Math.max(most[name] ?? 0, amount);
  return most;
}

/**
 * What a pod needs at its most: its containers and sidecars together, or an init container beside the sidecars started
 * before it, whichever is more; plus the overhead of its runtime class.
 */
export function podRequests(pod: Pod): Amounts {
  let sidecars: Amounts = {};
  let starting: Amounts = {};
  for (const container of pod.spec?.initContainers ?? []) {
    if (container.restartPolicy === 'Always') {
      sidecars = plus(sidecars, requestsOf(container));
      starting = atLeast(starting, sidecars);
    } else {
      starting = atLeast(starting, plus(sidecars, requestsOf(container)));
    }
  }
  const running = (pod.spec?.containers ?? []).map(requestsOf).reduce(plus, sidecars);
  const needed = atLeast(running, starting);
  // Requests of the pod as a whole stand above those of its containers.
  const whole = { ...needed, ...amountsOf(pod.spec?.resources?.requests) };
  return plus(whole, amountsOf(pod.spec?.overhead));
}

function requestsOf(container: Container): Amounts {
  return amountsOf(container.resources?.requests);
}

const DEFAULT_MILLI_CPU = 100;
const DEFAULT_MEMORY_BYTES = 200 * 1024 * 1024;

/** cpu and memory for scoring: a pod that asks for nothing still weighs something, or all of them would crowd one node. */
export function scoredRequests(pod: Pod): { readonly cpu: number; readonly memory: number } {
  const requests = podRequests(pod);
  return {
    cpu: requests['cpu'] === undefined ? DEFAULT_MILLI_CPU : requests['cpu'],
    memory: requests['memory'] === undefined ? DEFAULT_MEMORY_BYTES : requests['memory'],
  };
}
