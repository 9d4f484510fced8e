const PART = '(?:0|[1-9]\\d*)';
const PRE_RELEASE = `(?:${PART}|\\d*[A-Za-z-][0-9A-Za-z-]*)`;
const VERSION = new RegExp(
  `^(${PART})\\.(${PART})\\.(${PART})(?:-(${PRE_RELEASE}(?:\\.${PRE_RELEASE})*))?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?$`,
);

/** Whether a text is a version as semver.org has it. */
export function isVersion(text: string): boolean {
  return VERSION.test(text);
}

/** Which of two versions comes first: negative, zero or positive. What is built of a version (`+…`) does not count. */
export function compareVersions(left: string, right: string): number {
  const [numbers, pre] = partsOf(left);
  const [otherNumbers, otherPre] = partsOf(right);
  for (const [at, number] of numbers.entries()) {
    const other = otherNumbers[at] ?? 0n;
    if (number !== other) return number < other ? -1 : 1;
  }
  // A version comes after all that lead up to it.
  if (pre.length === 0 || otherPre.length === 0) return otherPre.length - pre.length;
  for (const [at, identifier] of pre.entries()) {
    const other = otherPre[at];
    if (other === undefined) return 1;
    const order = compareIdentifiers(identifier, other);
    if (order !== 0) return order;
  }
  return pre.length - otherPre.length;
}

function partsOf(text: string): readonly [numbers: readonly bigint[], pre: readonly string[]] {
  const [, major = '0', minor = '0', patch = '0', pre = ''] = VERSION.exec(text) ?? [];
  return [[BigInt(major), BigInt(minor), BigInt(patch)], pre === '' ? [] : pre.split('.')];
}

/** Numbers by their value, and before texts, which go by their characters. */
function compareIdentifiers(left: string, right: string): number {
  const [isNumber, isOtherNumber] = [/^\d+$/.test(left), /^\d+$/.test(right)];
  if (isNumber !== isOtherNumber) return isNumber ? -1 : 1;
  if (left === right) return 0;
  if (!isNumber) return left < right ? -1 : 1;
  return BigInt(left) < BigInt(right) ? -1 : 1;
}
