/** Words a syntax fault the way Kubernetes does: what is allowed, examples, and the pattern. */
export function regexFault(what: string, pattern: string, ...examples: readonly string[]): string {
  if (examples.length === 0) return `${what} (regex used for validation is '${pattern}')`;
  const list = examples.map((example) => `'${example}'`).join(',  or ');
  return `${what} (e.g. ${list}, regex used for validation is '${pattern}')`;
}

/** The fault of a text longer than `maximum` characters. */
export function lengthFault(maximum: number): string {
  return `must be no more than ${maximum} characters`;
}

/** The fault of a number outside `[low, high]`. */
export function rangeFault(low: number, high: number): string {
  return `must be between ${low} and ${high}, inclusive`;
}
