/** What `new` asks about a destination. */
export interface Scaffold {
  /** In kebab-case; also the name of the folder. */
  name: string;
  /** The vendor's name, as the vendor writes it. */
  title: string;
  /** The vendor's documentation of the call. */
  docs: string;
  /** The URL to post groups to. */
  url: string;
  /** How requests authenticate. */
  auth: Auth;
}

/** The ways that a request can authenticate: the line in the mapper, and what the line imports. */
const auths = {
  bearer: { line: 'headers: { Authorization: template`Bearer ${apiKey}` },', imports: ['template'] },
  basic: { line: 'headers: { Authorization: basic(apiKey) },', imports: ['basic'] },
  header: { line: "headers: { 'X-API-Key': apiKey },", imports: [] },
  query: { line: 'query: { api_key: apiKey },', imports: [] },
} as const;

export type Auth = keyof typeof auths;

export const authNames = Object.keys(auths) as [Auth, ...Auth[]];

/** The source of a destination that sends a group's id, its name and its other traits. Format it before use. */
export function moduleText({ name, title, docs, url, auth }: Scaffold): string {
  const { line, imports } = auths[auth];
  const always = ['defineDestination', 'event', 'post', 'secret', 'text', 'trait', 'traits', 'url', 'z'];
  const names = [...always, ...imports].sort();
  return `import { ${names.join(', ')} } from 'group-transformer/kit';

export default defineDestination({
  name: ${JSON.stringify(name)},
  title: ${JSON.stringify(title)},
  docs: ${JSON.stringify(docs)},
  config: z.object({ apiKey: secret('API key') }),
  hosts: [${JSON.stringify(new URL(url).hostname)}],
  requests: ({ apiKey }) =>
    post.json({
      url: url\`${url}\`,
      ${line}
      body: {
        id: event.groupId.required(),
        name: trait.name.as(text),
        attributes: traits.omit('name'),
      },
    }),
});
`;
}

const config = { apiKey: 'secret-apiKey' };

/** The fixtures that every destination has, by name, without expectations. */
export const cases = {
  full: { event: 'full', config },
  minimal: { event: 'minimal', config },
  'missing-required': { event: 'minimal', patch: { groupId: null }, config },
};
