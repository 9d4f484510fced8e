/** `{ port: '0' }` → `--port 0`; what is undefined is left out. */
export function flagArguments(values: Readonly<Record<string, string | undefined>>): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [`--${name}`, value]));
}
