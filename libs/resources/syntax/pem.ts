/** A block of a PEM text: `-----BEGIN KIND-----`, headers, base64, `-----END KIND-----`. */
export interface PemBlock {
  readonly kind: string;
  readonly hasHeaders: boolean;
  readonly bytes: Buffer;
}

const BLOCK = /^-----BEGIN (?<kind>[^\n]*?)-----[ \t]*\r?\n(?<body>[\s\S]*?)^-----END \k<kind>-----[ \t]*\r?$/gm;

/** The blocks of a text; what stands between them, or is no block, is passed over. */
export function pemBlocks(text: string): readonly PemBlock[] {
  return [...text.matchAll(BLOCK)].flatMap(({ groups }) => {
    const { kind = '', body = '' } = groups ?? {};
    const lines = body.split('\n').map((line) => line.trim());
    const isHeader = (line: string): boolean => line.includes(':');
    const base64 = lines.filter((line) => !isHeader(line)).join('');
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(base64.replaceAll(/\s/g, ''))) return [];
    return [{ kind, hasHeaders: lines.some(isHeader), bytes: Buffer.from(base64, 'base64') }];
  });
}
