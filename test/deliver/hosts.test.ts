import { z } from 'zod';

import { isRejecting } from '../../src/core/definition.ts';
import { configuredUrl, hostMatches } from '../../src/core/hosts.ts';
import { registry } from '../support/project.ts';

/** The URLs that configs have by default, by the names of their destinations. */
const defaults = registry.destinations.flatMap((destination): [string, URL][] => {
  if (isRejecting(destination) || !('fromConfig' in destination.hosts)) return [];
  const { properties = {} } = z.toJSONSchema(destination.config, { io: 'input' });
  const field = properties[destination.hosts.fromConfig];
  const url = typeof field === 'object' ? configuredUrl(field.default) : undefined;
  return url === undefined ? [] : [[destination.name, url]];
});

it('some destinations have a default URL', () => {
  expect(defaults.map(([name]) => name)).toEqual(expect.arrayContaining(['churnzero', 'posthog', 'userpilot']));
});

it.each(defaults)('%s can be delivered to at its default URL without VENDOR_HOSTS', (_name, url) => {
  expect(hostMatches(url.hostname, registry.hosts)).toBe(true);
});
