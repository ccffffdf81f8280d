import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import _ from 'lodash';

import type { JsonObject } from '../../src/core/json.ts';
import {
  ask,
  defineDestination,
  deny,
  dialogue,
  event,
  type Expr,
  get,
  person,
  post,
  put,
  read,
  secret,
  template,
  text,
  trait,
  url,
  write,
  z,
} from '../../src/kit/index.ts';

/*
 * A vendor that keeps companies and the people in them, as a real HTTP server on loopback, and the destination that
 * speaks to it.
 */

interface Company {
  external_id: string;
  name: string;
}

const found = z.object({ id: z.number() });

export const crm = defineDestination({
  name: 'crm',
  title: 'CRM',
  docs: 'https://crm.example/docs',
  config: z.object({ apiKey: secret('Key') }),
  examples: { default: { apiKey: 'secret-apiKey' } },
  hosts: ['crm.example'],
  requests: ({ apiKey }) => {
    const headers = { Authorization: template`Bearer ${apiKey}` };
    const body = { external_id: event.groupId.required(), name: trait.name.as(text).required() };
    const fields = get.empty({ url: url`https://crm.example/fields`, headers });
    const find = read(get.empty({ url: url`https://crm.example/companies/by/${event.groupId}`, headers }), found);
    return [
      dialogue({
        facts: { withFields: trait('fields') },
        steps: {
          fields: read(fields, z.array(z.string()), { shared: true }),
          find,
          create: write(post.json<Company>({ url: url`https://crm.example/companies`, headers, body }), found),
          findCreated: find,
          update: ({ id }: { id: Expr<number> }) =>
            put.json<Company>({ url: url`https://crm.example/companies/${id}`, headers, body }),
          link: ({ id }: { id: Expr<number> }) =>
            put.empty({ url: url`https://crm.example/companies/${id}/people/${person.id}`, headers }),
        },
        *choose(steps, { withFields }) {
          if (withFields === true) yield* ask(steps.fields);
          const known = yield* ask(steps.find);
          if (known.ok) return [steps.update(known.json), steps.link(known.json)];
          const created = yield* ask(steps.create);
          if (created.ok) return [steps.link(created.json)];
          const now = yield* ask(steps.findCreated);
          return now.ok ? [steps.update(now.json), steps.link(now.json)] : deny('the CRM has no such company');
        },
      }),
    ];
  },
});

/** One call as the vendor got it. */
export interface Call {
  method: string;
  url: string;
  body: unknown;
}

/** What goes wrong with a call; it is answered as usual if nothing does. */
export type Fault = (call: Call, response: ServerResponse) => boolean | Promise<boolean>;

export class Vendor {
  readonly calls: Call[] = [];
  readonly companies = new Map<number, JsonObject>();
  readonly links: string[] = [];
  /** The maximum number of calls that it accepts; the others must come back later. */
  limit = Infinity;
  fault: Fault = () => false;
  readonly #server = createServer((incoming, response) => {
    void this.#answer(incoming, response);
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  /** How many calls were made that match. */
  count(method: string, path = ''): number {
    return this.calls.filter((call) => call.method === method && call.url.includes(path)).length;
  }

  async #answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const content = Buffer.concat(chunks).toString();
    const call = {
      method: incoming.method ?? '',
      url: String(incoming.headers['x-vendor-url'] ?? incoming.url),
      body: content === '' ? undefined : (JSON.parse(content) as unknown),
    };
    this.calls.push(call);
    if (this.calls.length > this.limit) {
      response.writeHead(429, { 'Retry-After': '30' }).end('{}');
    } else if (!(await this.fault(call, response))) {
      const [status, json] = this.handle(call);
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(json));
    }
  }

  /** Does what a call says; also for requests that are delivered later. */
  handle({ method, url: address, body }: Call): [status: number, json: unknown] {
    const [resource, ...parts] = new URL(address).pathname
      .slice(1)
      .split('/')
      .map((part) => decodeURIComponent(part));
    if (resource === 'fields') return [200, ['name']];
    const byId = (externalId: unknown) =>
      [...this.companies].find(([, company]) => company.external_id === externalId)?.[0];
    if (method === 'GET') {
      const id = byId(parts[1]);
      return id === undefined ? [404, {}] : [200, { id }];
    }
    if (method === 'POST') {
      if (byId((body as JsonObject).external_id) !== undefined) return [409, {}];
      const id = this.companies.size + 1;
      this.companies.set(id, body as JsonObject);
      return [201, { id }];
    }
    const [id, kind, member] = [Number(parts[0]), parts[1], parts[2]];
    if (!this.companies.has(id)) return [404, {}];
    if (kind === 'people') this.links.push(`${String(id)} ${String(member)}`);
    else this.companies.set(id, body as JsonObject);
    return [200, {}];
  }
}

/** A vendor that accepts certain calls only, in their order, and says of those that came or did not come otherwise. */
export class ScriptedVendor extends Vendor {
  readonly #expected: { call: Call; answer: [status: number, json: unknown] }[];
  readonly #unexpected: Call[] = [];

  constructor(expected: readonly { call: Call; answer: [status: number, json: unknown] }[]) {
    super();
    this.#expected = [...expected];
  }

  override handle(call: Call): [status: number, json: unknown] {
    const [next] = this.#expected;
    if (!_.isEqual(next?.call, call)) {
      this.#unexpected.push(call);
      return [400, {}];
    }
    this.#expected.shift();
    return next?.answer ?? [400, {}];
  }

  /** Unexpected calls, and expected calls that did not come. */
  get report(): { unexpected: Call[]; missing: Call[] } {
    return { unexpected: this.#unexpected, missing: _.map(this.#expected, 'call') };
  }
}

export const faults = {
  slow:
    (milliseconds: number): Fault =>
    async () => {
      await sleep(milliseconds);
      return false;
    },
  dropped: (_call: Call, response: ServerResponse) => {
    response.destroy();
    return true;
  },
  garbage: (_call: Call, response: ServerResponse) => {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end('<html>');
    return true;
  },
  huge: (_call: Call, response: ServerResponse) => {
    response.writeHead(200).end(JSON.stringify('x'.repeat(300_000)));
    return true;
  },
  redirect: (_call: Call, response: ServerResponse) => {
    response.writeHead(302, { Location: 'http://169.254.169.254/latest/meta-data' }).end();
    return true;
  },
} satisfies Record<string, Fault | ((...parameters: never[]) => Fault)>;
