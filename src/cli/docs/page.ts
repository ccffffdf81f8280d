/** A page that is generated, and says so before anything else. */
export function page(title: string, ...sections: readonly string[]): string {
  const notice = '<!-- Written by `npm run docs` from the code itself; what is changed here is lost. -->';
  const parts = [notice, `# ${title}`, ...sections].filter((section) => section !== '');
  return `${parts.join('\n\n')}\n`;
}

/** A Markdown table; what would end a cell is escaped. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}

/** A value as code, or a dash where there is none. */
export function code(value: unknown): string {
  return value === undefined ? '–' : `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}

/** A list of names as code. */
export function codes(values: readonly string[]): string {
  return values.length === 0 ? '–' : values.map(code).join(', ');
}

/** A value as a block of JSON. */
export function json(value: unknown): string {
  return `\`\`\`json\n${JSON.stringify(value, undefined, 2)}\n\`\`\``;
}
