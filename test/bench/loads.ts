import _ from 'lodash';

import type { Fixture } from '../../src/verify/fixture.ts';

/** A request that is made over and over. */
export interface Load {
  path: string;
  /** Events per request. */
  batch: number;
  body: string;
  /** Whether an answer, parsed, says of every event that it is sent. */
  isSent: (answer: unknown) => boolean;
}

/** A load, and its name in tables. */
export interface LabelledLoad {
  label: string;
  load: Load;
}

/** By route: a request with so many times the event and the config of a fixture, which is known to be sent. */
export const loads = { native: nativeLoad, pipeline: pipelineLoad } satisfies Record<
  string,
  (fixture: Fixture, batch: number) => Load
>;

/** The events of a batch differ in what no two events have in common, and are of now, since some vendors take no others. */
function eventsOf({ event }: Fixture, batch: number) {
  const now = Date.now();
  return _.times(batch, (index) => ({
    ...event,
    timestamp: new Date(now - index).toISOString(),
    messageId: `message-${String(index)}`,
  }));
}

function nativeLoad(fixture: Fixture, batch: number): Load {
  const destinations = [{ name: fixture.destination, config: fixture.config }];
  return {
    path: '/transform',
    batch,
    body: JSON.stringify({ events: eventsOf(fixture, batch), destinations }),
    isSent: (answer) => {
      const { results } = answer as { results: { outcome: string }[] };
      return results.length === batch && results.every(({ outcome }) => outcome === 'send');
    },
  };
}

/** What RudderStack's server sends: every event with all that surrounds it, the destination written out each time. */
function pipelineLoad(fixture: Fixture, batch: number): Load {
  const type = fixture.destination;
  const destination = destinationOf(fixture);
  const items = eventsOf(fixture, batch).map((event, index) => ({
    message: { ...event, rudderId: 'c0ffee00-1d2e-4f3a-8b4c-5d6e7f809a1b', request_ip: '198.51.100.7' },
    metadata: metadataOf(event.messageId, index, type.toUpperCase()),
    destination,
    connection: { sourceId: '', destinationId: '', enabled: false, config: null, processorEnabled: false },
    libraries: null,
    credentials: null,
  }));
  return {
    path: `/v0/destinations/${type}`,
    batch,
    body: JSON.stringify(items),
    isSent: (answer) => {
      const elements = answer as { statusCode: number }[];
      return elements.length >= batch && elements.every(({ statusCode }) => statusCode === 200);
    },
  };
}

function metadataOf(messageId: string, index: number, destinationType: string) {
  return {
    jobId: 4_711_000 + index,
    workspaceId: '2bVmAbCdEfGhIjKlMnOpQrStUvW',
    rudderId: 'c0ffee00-1d2e-4f3a-8b4c-5d6e7f809a1b',
    receivedAt: '2025-11-03T14:25:37.410Z',
    partitionId: '7',
    messageId,
    eventType: 'group',
    sourceId: '2bVmSourceAbCdEfGhIjKlMnOpQ',
    originalSourceId: '',
    sourceDefinitionId: '1QGzOQGVLM35GgtteFH1vYCE0WT',
    sourceName: 'Back office',
    sourceType: 'Javascript',
    sourceCategory: '',
    instanceId: '1',
    namespace: 'pipeline',
    traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    destinationId: '2bVmDestinationAbCdEfGhIjKl',
    destinationName: 'Production',
    destinationType,
    destinationDefinitionId: '1WhcOCGgj9asZu850HvugU2C3Aq',
  };
}

function destinationOf({ destination, config }: Fixture) {
  return {
    ID: '2bVmDestinationAbCdEfGhIjKl',
    Name: 'Production',
    DestinationDefinition: {
      ID: '1WhcOCGgj9asZu850HvugU2C3Aq',
      Name: destination.toUpperCase(),
      DisplayName: destination,
      Config: {
        transformAtV1: 'processor',
        saveDestinationResponse: true,
        includeKeys: ['oneTrustCookieCategories', 'consentManagement'],
        excludeKeys: [],
        supportedSourceTypes: ['android', 'ios', 'web', 'unity', 'cloud', 'warehouse', 'reactnative', 'flutter'],
        supportedMessageTypes: ['identify', 'page', 'track', 'group'],
        destConfig: { defaultConfig: Object.keys(config), web: ['connectionMode', 'consentManagement'] },
        secretKeys: Object.keys(config),
      },
    },
    Config: config,
    Enabled: true,
    WorkspaceID: '2bVmAbCdEfGhIjKlMnOpQrStUvW',
    Transformations: [],
    IsProcessorEnabled: true,
    RevisionID: '2bVmRevisionAbCdEfGhIjKlMnO',
    hasDynamicConfig: false,
  };
}
