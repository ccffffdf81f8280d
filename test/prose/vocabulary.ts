/** The words and names of the field as this project spells them, each with its other spellings. Case matters. */
const vocabulary: [term: string, others: string][] = [
  ['API key', 'api key|Api key|API-key'],
  ['back-pressure', '[Bb]ackpressure|[Bb]ack pressure'],
  ['catalog', '[Cc]atalogues?'],
  ['email', '[Ee]-mails?'],
  ['GitHub', 'Github'],
  ['hostname', '[Hh]ost[ -]names?'],
  ['HubSpot', 'Hubspot|Hub Spot'],
  ['JavaScript', 'Javascript|Java Script'],
  ['look-up', 'lookups|Lookups?'],
  ['metadata', '[Mm]eta[ -]data'],
  ['Node.js', String.raw`NodeJS(?!\.)|NodeJs|Nodejs|Node\.JS`],
  ['OpenAPI', 'Open API|OpenApi|Openapi'],
  ['OpenTelemetry', 'Opentelemetry|Open Telemetry'],
  ['rate limit', '[Rr]ate-limits?|[Rr]atelimits?'],
  ['RudderStack', 'Rudderstack|Rudder[ -]Stack'],
  ['TypeScript', 'Typescript|Type Script'],
  ['webhook', '[Ww]eb[ -]hooks?'],
  ['workspace', '[Ww]ork[ -]spaces?'],
  [
    'the American form',
    String.raw`\w*(?:[Bb]ehaviour|[Hh]onour|[Ff]avour|[Ll]icence)\w*|\w+(?:alise|onise|ymise)[ds]?`,
  ],
];

/** The other spellings, as textlint-rule-pattern takes them. A string that starts with one may be a value of an API. */
export const misspellings = vocabulary.map(([term, others]) => ({
  pattern: String.raw`/(?<![\w.#/'"-])(?:${others.replaceAll(' ', String.raw`\s+`)})(?![\w-])/`,
  message: `write “${term}”`,
}));
