import type { Registry } from '../core/registry.ts';
import { readCredentials } from './credentials.ts';
import { createDeliverer, type Deliverer } from './delivery.ts';

/** What operators say of deliveries, by the names of the variables. */
export interface DeliverySettings {
  VENDOR_HOSTS: readonly string[];
  VENDOR_GATEWAY_URL?: string | undefined;
  DELIVERY_CREDENTIALS?: string | undefined;
}

/**
 * Makes what delivers, for the hosts of all destinations and those that the operator lists.
 * @param timeout how long a vendor may take for an answer, in milliseconds
 * @throws {Error} where the file of credentials is not valid
 */
export async function delivererFor(
  registry: Registry,
  { VENDOR_HOSTS, VENDOR_GATEWAY_URL: gatewayUrl, DELIVERY_CREDENTIALS: file }: DeliverySettings,
  timeout?: number,
): Promise<Deliverer> {
  const credentials = file === undefined ? {} : await readCredentials(file);
  const hosts = [...registry.hosts, ...VENDOR_HOSTS];
  return createDeliverer({ hosts, gatewayUrl, credentials, ...(timeout !== undefined && { timeout }) });
}
