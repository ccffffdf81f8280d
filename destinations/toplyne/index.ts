import { rejects } from 'group-transformer/kit';

export default rejects({
  name: 'toplyne',
  title: 'Toplyne',
  docs: 'https://docs.toplyne.io/docs/toplyne-api',
  aliases: ['Toplyne Cloud Mode (Actions)', 'actions-toplyne-cloud'],
  reason: 'Toplyne closed in 2024; events cannot be sent to it',
});
