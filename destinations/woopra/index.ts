import { rejects } from 'group-transformer/kit';

export default rejects({
  name: 'woopra',
  title: 'Woopra',
  docs: 'https://docs.woopra.com/reference/intro-http-tracking',
  reason: 'Woopra has visitors, events and visits, but no companies; send it identify, track and page events',
});
