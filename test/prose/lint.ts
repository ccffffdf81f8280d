import { TextlintKernelDescriptor } from '@textlint/kernel';
import markdown from '@textlint/textlint-plugin-markdown';
import pattern from '@textlint-rule/textlint-rule-pattern';
import { createLinter } from 'textlint';
import { noContinuedSentence, patterns } from './phrases.ts';
import { CommentsAndStrings } from './texts.ts';

const descriptor = new TextlintKernelDescriptor({
  plugins: [
    { pluginId: 'markdown', plugin: markdown, options: true },
    { pluginId: 'comments-and-strings', plugin: { Processor: CommentsAndStrings }, options: true },
  ],
  rules: [
    { ruleId: 'phrase', rule: pattern, options: { patterns } },
    { ruleId: 'no-continued-sentence', rule: noContinuedSentence, options: true },
  ],
  filterRules: [],
});

export const linter = createLinter({ descriptor });
