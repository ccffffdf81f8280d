import { rejects } from 'group-transformer/kit';

export default rejects({
  name: 'koala',
  title: 'Koala',
  docs: 'https://getkoala.com/docs/developer-guides/server-side',
  aliases: ['Koala (Cloud)', 'actions-koala-cloud'],
  reason: 'Koala never supported group events, and its service has shut down',
});
