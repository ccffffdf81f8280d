/** What is asked of whoever begins a destination. */
export interface Scaffold {
  /** Kebab-case; the name of the folder. */
  name: string;
  /** The vendor's name as the vendor writes it. */
  title: string;
  /** The vendor's page about the call. */
  docs: string;
  /** Where groups are posted to. */
  url: string;
  /** How a request says who sends it. */
  auth: Auth;
}

/** How a request may say who sends it: what the mapper writes, and what it imports for that. */
const auths = {
  bearer: { line: 'headers: { Authorization: template`Bearer ${apiKey}` },', imports: ['template'] },
  basic: { line: 'headers: { Authorization: basic(apiKey) },', imports: ['basic'] },
  header: { line: "headers: { 'X-API-Key': apiKey },", imports: [] },
  query: { line: 'query: { api_key: apiKey },', imports: [] },
} as const;

export type Auth = keyof typeof auths;

export const authNames = Object.keys(auths) as [Auth, ...Auth[]];

/** The source of a destination that sends a group's id, its name and its other traits; format it before use. */
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

/** The cases that every destination has, by name, their expectations yet to be filled in. */
export const cases = {
  full: { event: 'full', config },
  minimal: { event: 'minimal', config },
  'missing-required': { event: 'minimal', patch: { groupId: null }, config },
};
