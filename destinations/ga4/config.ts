import { regions, rows, type Secret, secret, z } from 'group-transformer/kit';

export const region = regions(
  { global: 'www.google-analytics.com', eu: 'region1.google-analytics.com' },
  'Region that collects the events',
  'global',
);

function parseJson(given: string): unknown {
  try {
    return JSON.parse(given);
  } catch {
    return undefined;
  }
}

const type = z.enum(['gtag', 'firebase']);
const filled = z.string().min(1);
const dataStream = z
  .object(
    { DATA_STREAM: z.object({ type, value: filled }), MEASUREMENT_PROTOCOL_SECRET: filled.pipe(secret('API secret')) },
    'must be JSON text with DATA_STREAM and MEASUREMENT_PROTOCOL_SECRET',
  )
  .transform(({ DATA_STREAM: { type: typesOfClient, value }, MEASUREMENT_PROTOCOL_SECRET: apiSecret }) => {
    return { typesOfClient, apiSecret, measurementId: value, firebaseAppId: value };
  });

const complete = z.object({
  apiSecret: z.custom<Secret>((value) => value !== undefined, 'is required'),
  debugMode: z.boolean(),
  isHybrid: z.boolean(),
  region: z.string(),
  piiPropertiesToIgnore: z.array(z.string()),
});

/** Either the fields of a data stream, or all of them as JSON text. */
export const config = z
  .object({
    configData: z
      .string()
      .transform(parseJson)
      .pipe(dataStream)
      .nullish()
      .meta({ description: 'The data stream as JSON text, instead of the next four fields', secret: true }),
    typesOfClient: type.optional().describe('Whether the data stream is of a website (gtag) or an app (firebase)'),
    apiSecret: secret('Measurement Protocol API secret of the data stream').optional(),
    measurementId: z.string().optional().describe('Measurement ID of a web data stream'),
    firebaseAppId: z.string().optional().describe('Firebase app ID of an app data stream'),
    region,
    debugMode: z.boolean().default(false).describe('Whether to only validate events'),
    connectionMode: z.string().optional().describe('Connection mode of the source; if hybrid, events may set ids'),
    piiPropertiesToIgnore: rows('piiProperty', 'Traits not to send').prefault([]),
  })
  .transform(({ configData, connectionMode, ...plain }) => {
    return { ...plain, isHybrid: connectionMode === 'hybrid', ...configData };
  })
  .pipe(
    z.discriminatedUnion('typesOfClient', [
      complete.extend({ typesOfClient: z.literal('gtag'), measurementId: filled }),
      complete.extend({ typesOfClient: z.literal('firebase'), firebaseAppId: filled }),
    ]),
  );
