/** The space between two columns. */
const GAP = '  ';

/** The minimum width of a column, in characters. */
const LEAST = 8;

/**
 * Rows as text. Each column is as wide as its widest cell.
 * @param width the maximum length of a line; the widest columns are wrapped to fit
 */
export function columns(rows: readonly (readonly string[])[], width = Infinity): string {
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, at) => (widths[at] = Math.max(widths[at] ?? 0, cell.length)));
  fit(widths, width - GAP.length * (widths.length - 1));
  return rows.map((row) => `${linesOf(row, widths).join('\n')}\n`).join('');
}

/** Narrows the widest columns until all of them fit. */
function fit(widths: number[], width: number): void {
  let excess = widths.reduce((sum, one) => sum + one, 0) - width;
  while (excess > 0) {
    const widest = widths.indexOf(Math.max(...widths));
    if ((widths[widest] ?? 0) <= LEAST) return;
    widths[widest] = (widths[widest] ?? 0) - 1;
    excess--;
  }
}

function linesOf(row: readonly string[], widths: readonly number[]): string[] {
  const cells = row.map((cell, at) => wrapped(cell, widths[at] ?? cell.length));
  const height = Math.max(1, ...cells.map((lines) => lines.length));
  return Array.from({ length: height }, (_line, number) =>
    cells
      .map((lines, at) => (lines[number] ?? '').padEnd(widths[at] ?? 0))
      .join(GAP)
      .trimEnd(),
  );
}

/** Text in lines of a width, cut where it has a space or, in a path, a dot; a longer word is cut anywhere. */
function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let rest = text;
  while (rest.length > width) {
    const space = rest.lastIndexOf(' ', width);
    const dot = rest.lastIndexOf('.', width - 1);
    const cut = space > 0 ? space : dot > 0 ? dot : width;
    lines.push(rest.slice(0, cut));
    rest = rest.slice(space > 0 ? cut + 1 : cut);
  }
  return [...lines, rest];
}
