/** What plain YAML holds: texts (never numbers or booleans), maps and lists. */
export type PlainYaml = string | readonly PlainYaml[] | PlainYamlMap;
export interface PlainYamlMap {
  readonly [name: string]: PlainYaml;
}

interface Line {
  readonly indent: number;
  readonly text: string;
}

/**
 * Reads the block YAML that kubeconfigs are written in: maps, lists and one-line scalars. Answers undefined for anything
 * beyond that (anchors, flow collections, block scalars, tags), which needs a real YAML parser. Almost no kubeconfig does,
 * and the parser costs a process 14 MB.
 */
export function parsePlainYaml(text: string): PlainYaml | undefined {
  const lines: Line[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*(#.*)?$/.test(line) || line === '---') continue;
    const content = line.trimStart();
    if (line.includes('\t')) return undefined;
    lines.push({ indent: line.length - content.length, text: content.trimEnd() });
  }
  const reader = new BlockReader(lines);
  const value = reader.value(0);
  return value !== undefined && reader.isAtEnd() ? value : undefined;
}

class BlockReader {
  readonly #lines: Line[];
  #at = 0;

  constructor(lines: Line[]) {
    this.#lines = lines;
  }

  isAtEnd(): boolean {
    return this.#at >= this.#lines.length;
  }

  /** The block that starts here and is indented at least this far. */
  value(minimumIndent: number): PlainYaml | undefined {
    const first = this.#lines[this.#at];
    if (first === undefined || first.indent < minimumIndent) return undefined;
    return isItem(first) ? this.#list(first.indent) : this.#map(first.indent);
  }

  #list(indent: number): PlainYaml | undefined {
    const items: PlainYaml[] = [];
    for (let line = this.#lines[this.#at]; line?.indent === indent && isItem(line); line = this.#lines[this.#at]) {
      const content = line.text.slice(1).trimStart();
      const isBlock = /^[\w./-]+:( |$)/.test(content);
      let item: PlainYaml | undefined;
      if (isBlock) {
        // What follows the dash is the first line of a map of its own, indented to where it stands.
        this.#lines[this.#at] = { indent: indent + line.text.length - content.length, text: content };
        item = this.value(indent + 1);
      } else {
        this.#at++;
        item = scalar(content);
      }
      if (item === undefined) return undefined;
      items.push(item);
    }
    return items;
  }

  #map(indent: number): PlainYaml | undefined {
    const members: [string, PlainYaml][] = [];
    for (let line = this.#lines[this.#at]; line?.indent === indent && !isItem(line); line = this.#lines[this.#at]) {
      const match = /^([\w./-]+):(?: +(.*))?$/.exec(line.text);
      const name = match?.[1];
      if (name === undefined) return undefined;
      this.#at++;
      const value = match?.[2] === undefined ? this.#below(indent) : scalar(match[2]);
      if (value === undefined) return undefined;
      members.push([name, value]);
    }
    const next = this.#lines[this.#at];
    return next !== undefined && next.indent > indent ? undefined : Object.fromEntries(members);
  }

  /** What a key without a value on its line holds. A list may stand at the key's own indentation. */
  #below(indent: number): PlainYaml | undefined {
    const next = this.#lines[this.#at];
    if (next === undefined || next.indent < indent || (next.indent === indent && !isItem(next))) return '';
    return this.value(indent);
  }
}

function isItem(line: Line): boolean {
  return line.text === '-' || line.text.startsWith('- ');
}

function scalar(text: string): PlainYaml | undefined {
  if (text === '{}') return {};
  if (text === '[]') return [];
  if (text === 'null' || text === '~') return '';
  const quoted = /^"([^"\\]*)"$|^'([^']*)'$/.exec(text);
  if (quoted !== null) return quoted[1] ?? quoted[2] ?? '';
  return /^[^\s[\]{}&*!|>'"%@`#,?:-]([^#:]|:(?! |$)|(?<! )#)*$|^-[^\s]+$/.test(text) ? text : undefined;
}
