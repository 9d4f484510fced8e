const REFERENCE =
  /^(?:(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(?::[0-9]+)?\/)?[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*(?::[\w][\w.-]{0,127})?(?:@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,})?$/;

/** The reference with `:latest` where it names neither tag nor digest; undefined when it is no image reference. */
export function normalizeImage(image: string): string | undefined {
  if (!REFERENCE.test(image)) return undefined;
  const lastPart = image.slice(image.lastIndexOf('/') + 1);
  return lastPart.includes(':') || image.includes('@') ? image : `${image}:latest`;
}

/** The pull policy in force: the spec's, else Always for `:latest` and IfNotPresent otherwise. */
export function pullPolicy(image: string, specified: string | undefined): 'Always' | 'IfNotPresent' | 'Never' {
  if (specified === 'Always' || specified === 'Never' || specified === 'IfNotPresent') return specified;
  return normalizeImage(image)?.endsWith(':latest') === true ? 'Always' : 'IfNotPresent';
}
