import type { TextlintRuleModule } from '@textlint/types';

/** Phrases that read as translated, and what to write instead. A space also matches a line break. */
const phrases: [phrase: string, advice: string][] = [
  [
    String.raw`\b(?:am|is|are|was|were) to (?:be|have|do|go|get|know|stand|come|give|take)\b`,
    'write “must”, “should” or the imperative',
  ],
  [String.raw`\bthat is to\b`, 'write “which”, or a sentence of its own'],
  [
    String.raw`(?<!\bthere )\b(?:is|are|was|were) no (?!longer\b|more\b|less\b|one\b)`,
    'write “isn’t a”, “aren’t” or “has no”',
  ],
  [String.raw`(?<!\bthere )\b(?:is|are|was|were) none\b`, 'write “isn’t one”, or name what it isn’t'],
  [
    String.raw`\b(?:it|that|which|service|server|vendor|field|config|event|destination|request|call|process|map|variable|base|code|[A-Z]\w+) wants\b`,
    'machines and vendors “require”',
  ],
  [String.raw`\bcalled so\b|\bso called\b`, 'write “has this name”'],
  [String.raw`, and so (?:is|are|does|do|has|have|was|were|can)\b`, 'write “also”, or “as well”'],
  [
    String.raw`(?<!\bneither\b[^.;]*)\bnor (?:is|are|does|do|has|have|was|were|can)\b`,
    'write “and … doesn’t” or “either”',
  ],
  [String.raw`\bgiv(?:e|es|en|ing) way to\b`, 'write “is skipped” or “is replaced”'],
  [
    String.raw`, for (?:it|they|he|she|we|this|that) (?:is|are|was|were|has|have|does|do|would|can)\b`,
    'write “because” or “since”',
  ],
  [String.raw`\bin the place of\b|\bin its place of\b`, 'write “instead of”'],
  [String.raw`\b(?:is|are) (?:that|those) of (?:its|the|their|an?) own\b`, 'write “its own”'],
  [String.raw`\bof (?:its|their|one['’]s) own accord\b|\bone['’]s own\b`, 'write “your own”'],
  [String.raw`\b(?:anew|thereof|thereby|therein|herein|hereby|upon which|whereof)\b`, 'use a plain word'],
  [String.raw`\botherwise than\b|\bother than it is\b`, 'write “differently from”'],
  [String.raw`\bas much to do as\b`, 'write “overloaded”'],
  [String.raw`\bmend(?:s|ed|ing)?\b`, 'write “fix”'],
  [String.raw`\bheed(?:s|ed|ing)?\b`, 'write “follow” or “honor”'],
  [String.raw`\b(?:is|are|was|were) of use\b`, 'write “is usable” or “is useful”'],
  [String.raw`\bof no use\b`, 'write “unusable”'],
  [String.raw`\bbegin(?:s|ning)? with\b`, 'write “start with”'],
  [String.raw`\bwhat (?:comes|came|will come) of\b`, 'write “the result of”'],
  [String.raw`\bwhat is to be\b`, 'name the thing'],
  [
    String.raw`\bwhat stands?\b|\bstands? (?:in|at|beside|among|under|where) (?:the|a|its|an|front of)\b`,
    'write “is in”, or name the thing',
  ],
  [
    String.raw`\bwhoever (?:sends|writes|reads|calls|knows|has|uses|asks|stops|delivers|holds|changes|keeps|means|takes|looks)\b`,
    'name them: the sender, the caller, the reader',
  ],
  [String.raw`\btakes? no more than\b`, 'write “accepts at most”'],
  [
    String.raw`\bthe most (?:bytes|elements|events|characters|steps|requests|connections|dialogues|fields|calls|warnings)\b`,
    'write “the maximum number of”',
  ],
  [String.raw`\bby now\b(?=[.,;])|\bgone on with\b|\bgo on with\b`, 'write “so far”, “continue” or “resume”'],
  [String.raw`\b(?:is|are) (?:held|looked) against\b|\bheld against\b`, 'write “is compared with”'],
  [String.raw`\btells? apart\b|\btold apart\b`, 'write “distinguishes” or “identifies”'],
  [String.raw`\bbut for (?:the|a|an|its|one|those|that)\b`, 'write “except”'],
  [String.raw`\bthat which\b|\bthose which\b`, 'write “what” or “those that”'],
  [String.raw`\bwhatever (?:it|they) (?:is|are|was|were)\b`, 'name what may vary'],
  [
    String.raw`\bof which there (?:is|are)\b|\bof which one\b|\bof which some\b|\bof which the\b`,
    'start a new sentence',
  ],
  [String.raw`\b(?:be|is|are) let through\b`, 'write “accepted”'],
  [String.raw`\bit may be that\b`, 'write “may”'],
  [
    String.raw`\bso that (?:it|they|this|that) (?:is|are) (?:asked|told|created|kept|sent)\b(?= (?:for|first|so)\b)`,
    'write “so”',
  ],
  [String.raw`\bno(?:thing|body) (?:is|are) to\b`, 'write “must not” or “there is nothing to”'],
  [String.raw`\bone and the same\b`, 'write “the same”'],
  [String.raw`\bthe like\b(?![a-z])`, 'write “similar”'],
  [String.raw`\b(?:is|are|was|were) (?:of|in) any case\b`, 'write “always” or “at least”'],
  [String.raw`\bthat (?:is|are) there\b|\bthat there (?:is|are)\b`, 'write “existing” or “present”'],
];

/** The phrases, as textlint-rule-pattern takes them. */
export const patterns = phrases.map(([phrase, advice]) => ({
  pattern: `/${phrase.replaceAll(' ', String.raw`\s+`)}/i`,
  message: advice,
}));

/** Reports a sentence that continues after a block of code. */
export const noContinuedSentence: TextlintRuleModule = ({ Syntax, report, RuleError }) => ({
  [Syntax.Paragraph](node) {
    const siblings: readonly unknown[] = node.parent?.children ?? [];
    const before = siblings[siblings.indexOf(node) - 1] as { type: string } | undefined;
    if (before?.type === Syntax.CodeBlock && /^[a-z]/.test(node.raw))
      report(node, new RuleError('end the sentence before the code, and start a new one after it'));
  },
});
