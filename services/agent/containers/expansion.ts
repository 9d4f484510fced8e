/**
 * Replaces `$(NAME)` by its value; `$$` stands for one `$`, and a name nobody knows stays as it is written.
 */
export function expand(text: string, values: ReadonlyMap<string, string>): string {
  return text.replace(/\$\$|\$\(([^()]*)\)/g, (match, name: string | undefined) =>
    name === undefined ? '$' : (values.get(name) ?? match),
  );
}
