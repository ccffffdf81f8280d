/** What a phrase that reads as translated looks like, and what to write instead. Spaces stand for line breaks too. */
type Phrase = [pattern: RegExp, advice: string];

const phrases: Phrase[] = [
  [/\b(?:am|is|are|was|were|be) to (?:be|have)\b/i, 'Write “must be”, “should be” or the imperative'],
];

/** The phrases as textlint-rule-pattern takes them. */
export const patterns = phrases.map(([{ source, flags }, message]) => ({
  pattern: `/${source.replaceAll(' ', '\\s+')}/${flags}`,
  message,
}));
