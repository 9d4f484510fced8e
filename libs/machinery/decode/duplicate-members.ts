/** One container that is open: a list counts its items, an object knows its members. */
interface OpenContainer {
  readonly path: string;
  readonly names: Set<string> | undefined;
  index: number;
  /** The member whose value is being read. */
  name: string;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s"{}[\],:]+/g;

/** Paths of members set twice in valid JSON text, e.g. `metadata.name` or `spec.ports[0].name`; each once. */
export function duplicateMembers(text: string): readonly string[] {
  const found = new Set<string>();
  const open: OpenContainer[] = [];
  let expectsName = false;
  for (const [token] of text.matchAll(TOKEN)) {
    const container = open.at(-1);
    if (token === '{' || token === '[') {
      const path = container === undefined ? '' : pathBelow(container);
      open.push({ path, names: token === '{' ? new Set() : undefined, index: 0, name: '' });
      expectsName = token === '{';
    } else if (token === '}' || token === ']') {
      open.pop();
      expectsName = false;
    } else if (token === ',' && container !== undefined) {
      container.index++;
      expectsName = container.names !== undefined;
    } else if (expectsName && container?.names !== undefined && token.startsWith('"')) {
      container.name = JSON.parse(token) as string;
      if (container.names.has(container.name)) found.add(pathBelow(container));
      container.names.add(container.name);
      expectsName = false;
    }
  }
  return [...found];
}

function pathBelow(container: OpenContainer): string {
  if (container.names === undefined) return `${container.path}[${container.index}]`;
  return container.path === '' ? container.name : `${container.path}.${container.name}`;
}
