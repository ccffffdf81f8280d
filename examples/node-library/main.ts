import { createTransformer, type DestinationCall, type GroupEvent, type Request } from 'group-transformer';

const transformer = await createTransformer();

const event: GroupEvent = {
  type: 'group',
  groupId: 'acme-42',
  userId: 'user-7',
  timestamp: new Date('2026-02-03T10:11:12Z'),
  traits: { name: 'Acme', employees: 63 },
};
const destinations: DestinationCall[] = [{ name: 'userpilot', config: { apiKey: 'my-key' } }, { name: 'loops' }];

for (const result of transformer.transform([event], destinations)) {
  switch (result.outcome) {
    case 'send':
      for (const request of result.requests) deliver(request);
      break;
    case 'drop':
      console.log(`${result.destinationId} gets nothing: ${result.code}`);
      break;
    case 'fail':
      console.error(`${result.destinationId} cannot be sent it: ${result.code} ${result.path ?? ''}`);
  }
}

/** Where your own code would send the request. */
function deliver({ method, url, headers, body }: Request): void {
  console.log(method, url, Object.keys(headers).join(', '), JSON.stringify(body));
}
