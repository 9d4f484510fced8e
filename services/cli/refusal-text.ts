interface Status {
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly message?: string }[] };
}

/** What a server says of a request that it refused; of a transaction with one line for each refused item. */
export function refusalText(status: number, body: string): string {
  const refusal = statusOf(body);
  const message = refusal?.message ?? `the server answered ${status}`;
  const causes = (refusal?.details?.causes ?? []).filter(({ field = '' }) => /^items\[\d+\]$/.test(field));
  if (causes.length < 2) return message;
  return [message, ...causes.map(({ field, message: why }) => `  ${field}: ${why}`)].join('\n');
}

function statusOf(body: string): Status | undefined {
  try {
    return JSON.parse(body) as Status;
  } catch {
    // Something between us and the server answered in its own words.
    return undefined;
  }
}
