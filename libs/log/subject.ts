/** Encodes one token of a subject: `[A-Za-z0-9_-]` as they are, every other byte as `=XX`; '' is `_` and a real `_` is `=5F`. */
export function subjectToken(text: string): string {
  if (text === '') return '_';
  if (text === '_') return '=5F';
  let token = '';
  for (const byte of Buffer.from(text)) {
    const plain =
      (byte >= 0x30 && byte <= 0x39) ||
      (byte >= 0x41 && byte <= 0x5a) ||
      (byte >= 0x61 && byte <= 0x7a) ||
      byte === 0x2d ||
      byte === 0x5f;
    token += plain ? String.fromCharCode(byte) : `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return token;
}

/** One subject per object, `<prefix>.<group|core>.<resource>.<namespace>.<name>`, every part encoded. */
export function objectSubject(
  prefix: string,
  key: { readonly group: string; readonly resource: string; readonly namespace: string; readonly name: string },
): string {
  const group = key.group === '' ? 'core' : key.group;
  return [prefix, ...[group, key.resource, key.namespace, key.name].map(subjectToken)].join('.');
}
