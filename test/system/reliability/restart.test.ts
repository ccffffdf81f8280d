import { setTimeout } from 'node:timers/promises';

import { Agent, request } from 'undici';

import { killAll, ready, type Service, start } from '../../support/service.ts';

/*
 * What a rolling upgrade does: one replica after the other is told to stop and is replaced, while clients go on. They are
 * sent to replicas that say that they are ready, as a balancer would do, and repeat nothing.
 */

const CLIENTS = 200;
const RESTARTS = 20;
/** How often it is looked which replicas are ready, in milliseconds; a second is enough to notice. */
const PROBE_INTERVAL_MS = 50;

afterEach(killAll);

interface Replica {
  service: Service;
  url: string;
}

async function startReplica(): Promise<Replica> {
  const service = start({ DRAIN_DELAY: '1', MAX_EVENT_LOOP_DELAY_MS: '60000' });
  return { service, url: await ready(service) };
}

/** Sends events on and on, each once, to whatever is ready; counts the answers that are not its own. */
class Clients {
  readonly #agent = new Agent({ connections: CLIENTS });
  readonly #isDone: () => boolean;
  readonly ready = new Set<string>();
  answered = 0;
  lost: unknown[] = [];

  constructor(isDone: () => boolean) {
    this.#isDone = isDone;
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: CLIENTS }, (_, client) => this.#client(client)));
    await this.#agent.close();
  }

  async #client(client: number): Promise<void> {
    for (let sent = 0; !this.#isDone(); sent++) {
      const urls = [...this.ready];
      const messageId = `${String(client)}-${String(sent)}`;
      const event = { type: 'group', groupId: 'acme', messageId };
      try {
        const { statusCode, body } = await request(`${urls[sent % urls.length] ?? ''}/transform`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ event, destination: { name: 'loops' } }),
          dispatcher: this.#agent,
        });
        const answer = (await body.json()) as { results?: { messageId: string }[] };
        const ids = answer.results?.map((result) => result.messageId);
        if (statusCode === 200 && ids?.length === 1 && ids[0] === messageId) this.answered++;
        else this.lost.push(statusCode);
      } catch (error) {
        this.lost.push(error);
      }
      // So that a machine with few cores has some time left for restarts.
      await setTimeout(50);
    }
  }
}

it('loses no request and answers none twice', async () => {
  let replicas = [await startReplica(), await startReplica()];
  let isDone = false;
  const clients = new Clients(() => isDone);
  const probe = async ({ url }: Replica) => {
    const isReady = await fetch(`${url}/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (isReady) clients.ready.add(url);
    else clients.ready.delete(url);
  };
  const probes = async () => {
    while (!isDone) {
      await Promise.all([...replicas.map(probe), setTimeout(PROBE_INTERVAL_MS)]);
    }
  };
  for (const { url } of replicas) clients.ready.add(url);
  const running = Promise.all([clients.run(), probes()]);
  for (let restart = 0; restart < RESTARTS; restart++) {
    const [old, other] = replicas as [Replica, Replica];
    const answeredBefore = clients.answered;
    const replacement = await startReplica();
    replicas = [other, replacement, old];
    old.service.child.kill('SIGTERM');
    expect([await old.service.exit, old.service.output()]).toEqual([0, expect.stringContaining('stopped')]);
    replicas = [other, replacement];
    expect(clients.answered).toBeGreaterThan(answeredBefore);
  }
  isDone = true;
  await running;
  expect(clients.lost).toEqual([]);
});
