import { rejects } from 'group-transformer/kit';

export default rejects({
  name: 'dub',
  title: 'Dub',
  docs: 'https://dub.co/docs/api-reference/introduction',
  aliases: ['Dub (Actions)'],
  reason: 'Dub has links, customers, leads and sales, but no companies; send it track events',
});
