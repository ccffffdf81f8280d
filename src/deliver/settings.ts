import type { Registry } from '../core/registry.ts';
import { readCredentials } from './credentials.ts';
import { createDeliverer, type Deliverer } from './delivery.ts';

/** The environment variables for deliveries. */
export interface DeliverySettings {
  VENDOR_HOSTS: readonly string[];
  VENDOR_GATEWAY_URL?: string | undefined;
  DELIVERY_CREDENTIALS?: string | undefined;
}

/**
 * Creates a deliverer that may call the destinations' hosts and those in `VENDOR_HOSTS`.
 * @param timeout the time limit of one request, in milliseconds
 * @throws {Error} if the credentials file is invalid
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
