/*
 * What the compiler says of dialogues; see test/repo/types.test.ts.
 */
import {
  ask,
  askAll,
  batchSize,
  defineDestination,
  deny,
  dialogue,
  type Expr,
  get,
  post,
  put,
  read,
  secret,
  text,
  trait,
  url,
  write,
  z,
} from 'group-transformer/kit';

const at = { url: url`https://acme.example/` };
const found = z.object({ id: z.number(), name: z.string().nullish() });

dialogue({
  facts: { plan: trait.plan.as(text) },
  steps: {
    find: read(get.empty(at), found),
    names: read(get.empty(at), z.array(z.string())),
    create: write(post.json<{ name: string }>({ ...at, body: { name: trait.name.as(text).required() } }), found),
    link: ({ id }: { id: Expr<number> }) => put.json<{ id: number }>({ ...at, body: { id } }),
  },
  *choose({ find, names, create, link }, { plan }) {
    const known: string | undefined = plan;
    const [one, list] = yield* askAll([find, names]);
    if (one.ok && list.ok) {
      const id: number = one.json.id;
      const first: string | undefined = list.json[0];
      return [link({ id }), first === known ? create : link({ id: 1 })];
    }
    // @ts-expect-error an answer is there only where the vendor gave it
    if (one.json.id === 1) return [];

    const created = yield* ask(create);
    // @ts-expect-error nothing else is read of an answer than its schema says
    if (created.ok && created.json.other === 1) return [];
    // @ts-expect-error a step requires its inputs
    link({});
    // @ts-expect-error and of their types
    link({ id: 'x' });
    // @ts-expect-error a fact may be absent
    if (plan.length === 1) return [];
    // @ts-expect-error a step is asked, not a definition of one
    yield* ask(link);
    return deny('not there');
  },
});

// The body of a step is held to the vendor's type like any other.
// @ts-expect-error
write(post.json<{ name: string }>({ ...at, body: { name: trait.name.as(text) } }), found);
// @ts-expect-error
export const wrong = ({ id }: { id: Expr<string> }) => put.json<{ id: number }>({ ...at, body: { id } });

// What comes with each call is typed by its schema, as the config is.
defineDestination({
  name: 'acme',
  title: 'Acme',
  docs: 'https://acme.example',
  config: z.object({ size: batchSize('Events of a batch') }),
  delivery: z.object({ accessToken: secret('Token') }),
  deliveryExample: { accessToken: 'secret-accessToken' },
  examples: { default: {} },
  hosts: ['acme.example'],
  requests: ({ size }, { accessToken }) => {
    const items: number | undefined = size;
    // @ts-expect-error
    const other: number = accessToken;
    return [post.json<{ list: number[] }>({ ...at, body: { list: [items ?? other] } })];
  },
});
