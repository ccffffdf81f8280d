import {
  bareHostname,
  compute,
  defineDestination,
  event,
  isText,
  type Json,
  omitEmpty,
  pairs,
  post,
  secret,
  text,
  trait,
  union,
  url,
  z,
} from 'group-transformer/kit';

type Part = Record<string, Json>;

const { street, city, state, postalCode, country } = trait.address;
const countryOf = (name: string | undefined): Part | undefined => {
  if (name === undefined) return undefined;
  return /^[a-z]{2}$/i.test(name) ? { code: name.toUpperCase() } : { name };
};
const oneLine = compute('text', [trait.address], (value) => (isText(value) ? value : undefined));
/** An address in Unify's format. */
const address = omitEmpty<Part>({
  thoroughfare: street.as(text).or(oneLine),
  locality: city.as(text),
  administrative_area: state.as(text),
  postal_code: postalCode.as(text),
  country: compute('country', [country.as(text)], countryOf),
});
const valueOf = (from: string) => (/^(traits\.)?address$/.test(from) ? address : event.named(from));

const domain = trait.website.as(bareHostname).once().required('Unify requires traits.website, for its domain');

export default defineDestination({
  name: 'unify',
  title: 'Unify',
  docs: 'https://docs.unifygtm.com/developers/api/data/records/upsert',
  config: z.object({
    apiKey: secret('API key'),
    matchAttribute: z
      .string()
      .min(1)
      .default('domain')
      .describe('Attribute that identifies companies: domain, or a unique attribute with the group’s id'),
    attributes: pairs('from', 'to', 'Paths of values, and the API names of the attributes to send them to'),
  }),
  examples: {
    domain: { apiKey: 'secret-apiKey', attributes: [{ from: 'industry', to: 'industry' }] },
    group: { apiKey: 'secret-apiKey', matchAttribute: 'group_id' },
  },
  hosts: ['api.unifygtm.com'],
  requests: ({ apiKey, matchAttribute, attributes }) => {
    const key = { [matchAttribute]: matchAttribute === 'domain' ? domain : event.groupId.required() };
    const mapped = Object.fromEntries(attributes.map(([from, to]) => [to, valueOf(from)]));
    return post.json({
      url: url`https://api.unifygtm.com/data/v1/objects/company/records/upsert`,
      headers: { 'x-api-key': apiKey },
      query: { validation_mode: 'ignore_invalid' },
      body: {
        match: key,
        create: union(key, { domain }),
        create_or_update: omitEmpty(union(mapped, { name: trait.name.as(text) })),
      },
    });
  },
});
