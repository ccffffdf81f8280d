import {
  compute,
  defineDestination,
  event,
  isNumber,
  isText,
  type Json,
  pairs,
  post,
  secret,
  url,
  warn,
  z,
} from 'group-transformer/kit';

/** The maximum number of characters in a cell. */
const MAX_LENGTH = 50_000;

type Value = Json | undefined;

const textOf = (value: Value) => (isText(value) ? value : JSON.stringify(value ?? ''));
const isTooLong = (value: Value) => textOf(value).length > MAX_LENGTH;
/** The text that fits. A character that would be cut in two is left out. */
const cut = (text: string) => text.slice(0, MAX_LENGTH).replace(/[\ud800-\udbff]$/, '');
/** A cell in the vendor's form. */
const cellOf = (value: Value = '') => (isNumber(value) ? value : cut(value === null ? '' : textOf(value)));
/** A cell in the form of RudderStack's server. */
const valueOf = (value: Value) => (isText(value) ? cut(value) : (value ?? ''));

const columnsOf = (rows: (readonly [path: string, title: string])[]) => [
  ['messageId', event.messageId] as const,
  ...rows.map(([path, title]) => [title, event.named(path)] as const),
];

export default defineDestination({
  name: 'google-sheets',
  title: 'Google Sheets',
  docs: 'https://developers.google.com/workspace/sheets/api/reference/rest/v4/spreadsheets.values/append',
  aliases: ['GOOGLESHEETS', 'actions-google-sheets'],
  config: z.object({
    credentials: secret(
      'JSON key of the writing service account; without it, the sender uses its own identity',
    ).optional(),
    sheetId: z.string().describe('Id of the spreadsheet, as in its URL'),
    sheetName: z.string().describe('Name of the sheet'),
    eventKeyMap: pairs('from', 'to', 'Columns in order: the path of the value, and the title'),
  }),
  examples: {
    default: {
      credentials: '{"private_key":"secret-credentials"}',
      sheetId: '1aBcD',
      sheetName: 'Groups',
      eventKeyMap: [
        { from: 'groupId', to: 'Group' },
        { from: 'name', to: 'Name' },
        { from: 'address.city', to: 'City' },
        { from: 'traits.employees', to: 'Staff' },
      ],
    },
  },
  hosts: ['sheets.googleapis.com'],
  rules: ({ eventKeyMap }) =>
    columnsOf(eventKeyMap).map(([title, value]) =>
      warn(compute('length', [value], isTooLong), `the cell ${title} gets the first ${String(MAX_LENGTH)} characters`),
    ),
  requests: ({ credentials, sheetId, sheetName, eventKeyMap }) => {
    const range = `'${sheetName.replaceAll("'", "''")}'!A1`;
    const values = columnsOf(eventKeyMap).map(([, value]) => value);
    return post.json({
      url: url`https://sheets.googleapis.com/v4/spreadsheets/${sheetId}/values/${range}:append`,
      query: { valueInputOption: 'RAW' },
      auth: { type: 'google-access-token', scope: 'https://www.googleapis.com/auth/spreadsheets', credentials },
      body: {
        majorDimension: 'ROWS',
        range,
        values: [compute('row', values, (...row) => row.map(cellOf))],
      },
      batch: { items: Infinity, bytes: 2_000_000, at: 'body.json.values' },
    });
  },
  stream: ({ sheetId, sheetName, eventKeyMap }) => {
    const cells = columnsOf(eventKeyMap).map(([attributeKey, value]) =>
      compute('cell', [value], (found) => ({ attributeKey, attributeValue: valueOf(found) })),
    );
    return {
      rudder: {
        batch: { message: Object.fromEntries(cells.entries()) },
        spreadSheetId: sheetId,
        spreadSheet: sheetName,
      },
      batch: { items: Infinity, bytes: 10_000_000, at: 'rudder.batch', unwrapped: true },
    };
  },
});
