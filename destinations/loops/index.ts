import { rejects } from 'group-transformer/kit';

export default rejects({
  name: 'loops',
  title: 'Loops',
  docs: 'https://loops.so/docs/api-reference/update-contact',
  aliases: ['Loops (Actions)', 'actions-loops'],
  reason: 'Loops has contacts, events and mailing lists, but no companies; send it identify and track events',
});
