import path from 'node:path';

import { TextlintKernelDescriptor } from '@textlint/kernel';
import markdown from '@textlint/textlint-plugin-markdown';
import type { TextlintPluginCreator, TextlintRuleModule } from '@textlint/types';
import pattern from '@textlint-rule/textlint-rule-pattern';
import { createLinter } from 'textlint';

import { noContinuedSentence, patterns } from './phrases.ts';
import { CommentsAndStrings } from './texts.ts';
import { misspellings } from './vocabulary.ts';

/** A module of CommonJS: its default export, which some loaders hand out one level deeper. */
const exported = (module: object): unknown => ('default' in module ? module.default : module);

/** Lints the prose of documents, and of the comments and strings in code and configuration. */
export const linter = createLinter({
  ignoreFilePath: path.resolve('.textlintignore'),
  descriptor: new TextlintKernelDescriptor({
    plugins: [
      { pluginId: 'markdown', plugin: exported(markdown) as TextlintPluginCreator, options: true },
      { pluginId: 'comments-and-strings', plugin: { Processor: CommentsAndStrings }, options: true },
    ],
    rules: [
      {
        ruleId: 'phrase',
        rule: exported(pattern) as TextlintRuleModule,
        options: { patterns: [...patterns, ...misspellings] },
      },
      { ruleId: 'no-continued-sentence', rule: noContinuedSentence, options: true },
    ],
    filterRules: [],
  }),
});
