import path from 'node:path';

import ts from 'typescript';

/** A value as JSON, and the published type that it must have. */
interface Typed {
  type: string;
  /** The module that exports the type. */
  from: string;
  value: object;
}

/** What the compiler says of values as literals of their types; unlike most schemas, that refuses unknown fields. */
export function complaints(values: readonly Typed[]): string[] {
  const text = values
    .map(({ type, from, value }, index) => {
      const name = `T${String(index)}`;
      return `import type { ${type} as ${name} } from '${from}'; ((_: ${name}) => {})(${JSON.stringify(value)});`;
    })
    .join('\n');
  const file = path.join(import.meta.dirname, 'literals.ts');
  const options = { module: ts.ModuleKind.NodeNext, strict: true, noEmit: true, skipLibCheck: true, types: [] };
  const host = ts.createCompilerHost(options);
  const readSource = host.getSourceFile.bind(host);
  host.getSourceFile = (name, target, ...rest) =>
    name === file ? ts.createSourceFile(name, text, target) : readSource(name, target, ...rest);
  const program = ts.createProgram([file], options, host);
  return ts.getPreEmitDiagnostics(program).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
}
