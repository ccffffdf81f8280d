import {
  compute,
  context,
  defineDestination,
  event,
  isoDateTime,
  parseUrl,
  person,
  post,
  secret,
  template,
  text,
  trait,
  traits,
  url,
  utcOffset,
  z,
} from 'group-transformer/kit';

const known = (path: string) => context(path).as(text);
const size = template`${known('screen.width')}x${known('screen.height')}`.once();
const host = compute('host of the URL', [context('page.url')], (page) =>
  typeof page === 'string' ? parseUrl(page)?.host : undefined,
);

/** Usermaven counts the minutes by which clocks are behind UTC. */
const minutesBehind = compute('minutes behind UTC', [utcOffset(context('timezone'), event.time)], (ahead) =>
  ahead === undefined ? undefined : 0 - ahead,
);

export default defineDestination({
  name: 'usermaven',
  title: 'Usermaven',
  docs: 'https://usermaven.com/docs/integrations/event-api',
  aliases: ['Usermaven (Actions)', 'actions-usermaven'],
  config: z.object({ api_key: secret('API key'), server_token: secret('Server token') }),
  hosts: ['events.usermaven.com'],
  requests: ({ api_key, server_token }) =>
    post.json({
      url: url`https://events.usermaven.com/api/v1/s2s/event`,
      headers: { Authorization: template`Bearer ${api_key}.${server_token}` },
      body: {
        api_key,
        ids: {},
        doc_encoding: 'utf-8',
        src: 'usermaven-segment',
        screen_resolution: size.default('0'),
        event_id: event.messageId,
        doc_path: known('page.path'),
        doc_search: known('page.search'),
        event_type: 'group',
        page_title: known('page.title'),
        referer: known('page.referrer'),
        url: known('page.url'),
        user_agent: known('userAgent'),
        user_language: known('locale'),
        utc_time: event.time.as(isoDateTime),
        utm: {
          source: known('campaign.source'),
          medium: known('campaign.medium'),
          name: known('campaign.name'),
          term: known('campaign.term'),
          content: known('campaign.content'),
        },
        source_ip: known('ip'),
        doc_host: host,
        vp_size: size,
        local_tz_offset: minutesBehind,
        user: { id: person.id.required(), anonymous_id: event.anonymousId },
        company: {
          id: event.groupId.required(),
          name: trait.name.as(text),
          created_at: trait.createdAt.as(isoDateTime),
          custom: traits,
        },
      },
    }),
});
