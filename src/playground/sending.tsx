import { tryParseJson } from '../core/json.ts';
import { JsonView } from './request-view.tsx';
import { deliveries, outcomes, send } from './state.ts';

const words = { delivered: 'Delivered', refused: 'Refused', retry: 'Not accepted now' } as const;

/** Sends the requests, and shows the vendor's answer. */
export function Sending({ id }: { id: string }) {
  const sent = deliveries.value.get(id);
  // If the requests changed since then, the delivery no longer belongs to them.
  const isCurrent = sent !== undefined && sent.outcome === outcomes.value.get(id);
  const delivery = isCurrent ? sent.delivery : undefined;
  return (
    <div class="sending" role="group" aria-label="Delivery">
      <button type="button" disabled={isCurrent && delivery === undefined} onClick={() => void send(id)}>
        Send to the vendor
      </button>
      {delivery !== undefined && (
        <div role="status">
          <p>
            <strong class={`badge ${delivery.outcome}`}>{words[delivery.outcome]}</strong>{' '}
            {delivery.outcome === 'delivered' ? `Status ${String(delivery.status ?? '')}` : delivery.message}
          </p>
          {delivery.answer !== undefined && (
            <JsonView name="Answer" value={tryParseJson(delivery.answer) ?? delivery.answer} />
          )}
        </div>
      )}
    </div>
  );
}
