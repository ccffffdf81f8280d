import {
  ask,
  deny,
  dialogue,
  ensure,
  type Expr,
  findOrCreate,
  get,
  given,
  post,
  put,
  read,
  type RequestNode,
  text,
  trait,
  url,
  write,
  z,
} from 'group-transformer/kit';

import { address, type Connection, contactOf, id, listOf, notTaken } from './connection.ts';

/** The contact with an email address in a marketing list, found by the list's id or else by its name. */
export function marketingListOf(connection: Connection): RequestNode {
  const { base, headers } = connection;
  const emails = address.required('a marketing list requires context.traits.email');
  const contact = write(post.json(contactOf(connection, emails)), z.object({ contact: z.object({ id }) }));
  const add = (listId: Expr<string | number>, contactId: Expr<number>) =>
    put.json({ url: url`${base}/lists/${listId}/add_contacts`, headers, body: { ids: [contactId] } });
  const addToKnown = (listId: Expr<string>) =>
    dialogue({
      steps: { contact, add: ({ contactId }: { contactId: Expr<number> }) => add(listId, contactId) },
      *choose(steps) {
        const known = yield* ask(steps.contact);
        return known.ok ? [steps.add({ contactId: known.json.contact.id })] : notTaken;
      },
    });

  const lists = { url: url`${base}/lists`, headers };
  const listName = trait('listName').as(text).required('a marketing list requires a listId or a listName');
  const addToNamed = dialogue({
    facts: { listName },
    steps: {
      findList: read(
        get.empty(lists),
        z.object({ lists: listOf(z.object({ id, name: z.string().nullish() })) }).catch({ lists: [] }),
        { shared: true },
      ),
      contact,
      createList: ensure(
        post.json({ ...lists, body: { name: listName } }),
        z.object({ list: z.object({ id }) }).transform(({ list }) => list),
      ),
      add: ({ listId, contactId }: { listId: Expr<number>; contactId: Expr<number> }) => add(listId, contactId),
    },
    *choose(steps, { listName: wanted }) {
      const known = yield* ask(steps.findList);
      if (!known.ok) return deny('Freshworks refused to list its marketing lists');
      const named = known.json.lists.filter(({ name }) => name === wanted);
      if (named.length > 1) return deny('Freshworks has several lists with this name');
      const taken = yield* ask(steps.contact);
      if (!taken.ok) return notTaken;
      const list = yield* findOrCreate({
        find: steps.findList,
        known,
        among: ({ lists: all }) => all.find(({ name }) => name === wanted),
        create: steps.createList,
      });
      if (list === undefined) return deny('Freshworks refused to create the list');
      return [steps.add({ listId: list.value.id, contactId: taken.json.contact.id })];
    },
  });
  return given(trait('listId').as(text), (listId) => addToKnown(listId), addToNamed);
}
