/** Lines of columns, each as wide as its widest cell; the last one is as long as it is. */
export function tableLines(rows: readonly (readonly string[])[]): readonly string[] {
  const count = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: count }, (_, at) => Math.max(...rows.map((row) => (row[at] ?? '').length)));
  return rows.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}

export function mebibytes(bytes: number): string {
  return bytes === 0 ? '-' : `${(bytes / 1024 / 1024).toFixed(0)} MiB`;
}
