import {
  ask,
  defineDestination,
  dialogue,
  event,
  type Expr,
  given,
  hostname,
  type Json,
  omitEmpty,
  pairs,
  patch,
  person,
  post,
  put,
  read,
  rest,
  secret,
  template,
  trait,
  union,
  url,
  when,
  withoutNulls,
  z,
} from 'group-transformer/kit';

type Rows = readonly (readonly [from: string, to: string])[];

/** Attio accepts a list for any attribute. */
const attributes = (rows: Rows) => union(event.mapped(rows, (value) => omitEmpty<Json>(value.listOf(withoutNulls))));

const users = z.object({ data: z.array(z.object({ id: z.object({ record_id: z.string() }) })) }).catch({ data: [] });

const domain = trait.website.as(hostname).once();

export default defineDestination({
  name: 'attio',
  title: 'Attio',
  docs: 'https://docs.attio.com/rest-api/endpoint-reference/workspaces/upsert-a-workspace-record',
  aliases: ['Attio (Actions)', 'actions-attio'],
  config: z.object({
    accessToken: secret('Access token'),
    workspace_attributes: pairs(
      'from',
      'to',
      'Paths of values, and the slugs of the workspace attributes to send them to',
    ),
    company_attributes: pairs('from', 'to', 'Paths of values, and the slugs of the company attributes to send them to'),
    linkUsers: z
      .boolean()
      .default(true)
      .describe('Whether to add the user to the workspace, if Attio has the user; Attio must be asked first'),
  }),
  examples: {
    users: { accessToken: 'secret-accessToken', workspace_attributes: [{ from: 'name', to: 'name' }] },
    workspaces: {
      accessToken: 'secret-accessToken',
      company_attributes: [{ from: 'name', to: 'name' }],
      linkUsers: false,
    },
  },
  hosts: ['api.attio.com'],
  requests: ({ accessToken, workspace_attributes: ofWorkspace, company_attributes: ofCompany, linkUsers }) => {
    const objects = 'https://api.attio.com/v2/objects';
    const headers = { Authorization: template`Bearer ${accessToken}` };
    const workspaceId = event.groupId.required();
    // The matching attribute keeps its existing values. Other attributes are replaced.
    const company = put.json({
      url: url`${objects}/companies/records`,
      headers,
      query: { matching_attribute: 'domains' },
      body: { data: { values: { domains: [domain], [rest]: attributes(ofCompany) } } },
    });
    const workspace = put.json({
      url: url`${objects}/workspaces/records`,
      headers,
      query: { matching_attribute: 'workspace_id' },
      body: {
        data: {
          values: {
            workspace_id: [workspaceId],
            company: when(domain, [{ target_object: 'companies', domains: [{ domain }] }]),
            [rest]: attributes(ofWorkspace),
          },
        },
      },
    });
    const link = (id: Expr<string>) =>
      dialogue({
        steps: {
          find: read(
            post.json({
              url: url`${objects}/users/records/query`,
              headers,
              body: { filter: { user_id: id }, limit: 1 },
            }),
            users,
            { isOptional: true },
          ),
          // Unlike PUT, PATCH keeps the user's other workspaces.
          join: (user: { id: Expr<string> }) =>
            patch.json({
              url: url`${objects}/users/records/${user.id}`,
              headers,
              body: {
                data: {
                  values: { workspace: [{ target_object: 'workspaces', workspace_id: [{ value: workspaceId }] }] },
                },
              },
            }),
        },
        *choose({ find, join }) {
          const found = yield* ask(find);
          const [user] = found.ok ? found.json.data : [];
          return user === undefined ? [] : [join({ id: user.id.record_id })];
        },
      });
    return [given(domain, company), workspace, ...(linkUsers ? [given(person.id, link)] : [])];
  },
});
