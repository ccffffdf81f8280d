/* Written by `npm run docs` from the schemas of the destinations; what is changed here is lost. */
/** The config of each destination that sends groups. */
export interface BuiltInConfigs {
  'accoil-analytics': {
    /**
     * API key of the product; keys that start with stg_ are for the staging environment
     */
    apiKey: string;
  };
  'active-campaign': {
    /**
     * API URL of the account, such as https://acme.api-us1.com
     */
    apiUrl: string;
    /**
     * API key of a user
     */
    apiKey: string;
    /**
     * Paths of values, and the ids of the custom account fields to send them to
     */
    accountFields?: {
      from?: string;
      to?: string;
    }[];
  };
  airship: {
    /**
     * Bearer token
     */
    apiKey: string;
    /**
     * Whether the project is in the EU data center
     */
    dataCenter?: boolean;
    /**
     * Traits that are dates; write nested ones as billing.since
     */
    timestampAttributes?: {
      timestampAttribute?: string;
    }[];
  };
  amplitude: {
    /**
     * API key of the project
     */
    apiKey: string;
    /**
     * Data center of the project
     */
    residencyServer?: 'standard' | 'EU';
    /**
     * Trait with the group type
     */
    groupTypeTrait?: string;
    /**
     * Trait with the group value
     */
    groupValueTrait?: string;
    /**
     * Group type for the group id, if the two settings above are empty
     */
    groupType?: string;
    /**
     * Whether to send context.device.brand
     */
    mapDeviceBrand?: boolean;
    /**
     * Whether to wrap user properties in $set
     */
    enableEnhancedUserOperations?: boolean;
  };
  appcues: {
    /**
     * Account ID
     */
    accountId: string | number;
    /**
     * Key for the public API, version 2
     */
    apiKey: string;
    /**
     * Secret of that key
     */
    apiSecret: string;
    /**
     * Data center of the account
     */
    region?: 'US' | 'EU';
  };
  attio: {
    /**
     * Access token
     */
    accessToken: string;
    /**
     * Paths of values, and the slugs of the workspace attributes to send them to
     */
    workspace_attributes?: {
      from?: string;
      to?: string;
    }[];
    /**
     * Paths of values, and the slugs of the company attributes to send them to
     */
    company_attributes?: {
      from?: string;
      to?: string;
    }[];
    /**
     * Whether to add the user to the workspace, if Attio has the user; Attio must be asked first
     */
    linkUsers?: boolean;
  };
  attribution: {
    /**
     * Project id
     */
    writeKey: string;
  };
  'aws-lambda': {
    /**
     * Region of the function
     */
    region: string;
    /**
     * Name or ARN of the function
     */
    lambda: string;
    /**
     * Base64 text to pass on as the client context
     */
    clientContext?: string;
    /**
     * Whether the function accepts a list of events
     */
    enableBatchInput?: boolean;
    /**
     * Maximum number of events in a list
     */
    maxBatchSize?: number | string | null;
    /**
     * Whether to assume the role; defaults to true if there is one
     */
    roleBasedAuth?: boolean;
    /**
     * ARN of the role to assume
     */
    iamRoleARN?: string;
    /**
     * Access key id
     */
    accessKeyId?: string;
    /**
     * Secret access key
     */
    accessKey?: string;
  };
  'azure-event-hubs': {
    /**
     * Name of the event hub
     */
    topic: string;
    /**
     * Connection string of a shared access policy
     */
    eventHubsConnectionString: string;
  };
  blueshift: {
    /**
     * Event API key
     */
    eventApiKey: string;
    /**
     * Data center of the account
     */
    dataCenter?: 'standard' | 'eu';
  };
  braze: {
    /**
     * REST API key
     */
    restApiKey: string;
    /**
     * Instance of the workspace
     */
    dataCenter: string;
    /**
     * Whether groups are subscription groups
     */
    enableSubscriptionGroupInGroupCall?: boolean;
  };
  canny: {
    /**
     * API key for Segment
     */
    apiKey: string;
  };
  chameleon: {
    /**
     * Account secret
     */
    accountSecret: string;
    /**
     * Whether the user becomes a member of the company
     */
    linkUser?: boolean;
  };
  chartmogul: {
    /**
     * Webhook URL of the source for Segment
     */
    chartmogul_webhook_url: string;
  };
  churnzero: {
    /**
     * Application key
     */
    appKey: string;
    /**
     * Base URL that ChurnZero shows below the application keys, without /i
     */
    endpoint?: string;
    /**
     * Contact id to use if the event has no user id
     */
    contactlessId?: string;
  };
  cordial: {
    /**
     * API key
     */
    apiKey: string;
    /**
     * Base URL of Cordial’s service for Segment, which is not that of its REST API
     */
    endpoint?: string;
    /**
     * Key of the contact attribute with the user id
     */
    segmentIdKey?: string;
    /**
     * Paths of identifiers in the event, by the names of Cordial’s identifiers
     */
    userIdentities?: {
      [k: string]: string;
    };
  };
  courier: {
    /**
     * Auth token
     */
    apiKey: string;
    /**
     * Region of the workspace
     */
    region?: 'US' | 'EU';
  };
  custify: {
    /**
     * API key
     */
    apiKey: string;
    /**
     * Whether to use the anonymous id if there is no user id
     */
    sendAnonymousId?: boolean;
  };
  'customer-io': {
    /**
     * Site ID of the workspace
     */
    siteID: string;
    /**
     * Tracking API key
     */
    apiKey: string;
    /**
     * Region of the account
     */
    datacenter?: 'US' | 'EU';
    /**
     * Whether to send the creation date in Unix seconds, which date filters require
     */
    datesAsUnixSeconds?: boolean;
  };
  devrev: {
    /**
     * Personal access token
     */
    accessToken: string;
    /**
     * Trait with the tier
     */
    tierTrait?: string;
    /**
     * Paths of values, and the names of the custom fields to send them to, such as tnt__plan
     */
    customFields?: {
      from?: string;
      to?: string;
    }[];
  };
  'dynamics-365': {
    /**
     * Base URL of the organization, such as https://acme.crm4.dynamics.com
     */
    orgUrl: string;
    /**
     * Access token of a Microsoft Entra application, valid for about an hour
     */
    accessToken: string;
    /**
     * Logical name of the account column with the group’s id; it must be an active alternate key
     */
    keyField?: string;
    /**
     * Whether to create an account if none has the group’s id
     */
    createAccounts?: boolean;
    /**
     * Paths of values, by the logical names of the columns to send them to
     */
    customFields?: {
      [k: string]: string;
    };
  };
  emarsys: {
    /**
     * API user, for WSSE, which Emarsys ends on 2026-12-31
     */
    emersysUsername?: string;
    /**
     * Secret of the API user
     */
    emersysUserSecret?: string;
    /**
     * API client id, instead of a user; not for pipelines. Tokens come from https://auth.emarsys.net/oauth2/token, which Emarsys has not confirmed
     */
    clientId?: string;
    /**
     * Secret of the API client
     */
    clientSecret?: string;
    /**
     * Id of the field that identifies contacts; defaults to 3
     */
    emersysCustomIdentifier?: string;
    /**
     * Id of the contact list, if the event has no group id
     */
    defaultContactList?: string;
    /**
     * Traits, by name or path, and the contact fields to send them to
     */
    fieldMapping?: {
      rudderProperty?: string;
      emersysProperty?: string;
    }[];
  };
  encharge: {
    /**
     * Write key of the account
     */
    writeKey: string;
    /**
     * Name of the object type for groups
     */
    objectType?: string;
  };
  engage: {
    /**
     * Public key of the workspace
     */
    publicKey: string;
    /**
     * Private key of the workspace
     */
    privateKey: string;
  };
  eventbridge: {
    /**
     * Region of the event bus
     */
    region: string;
    /**
     * DetailType of every event
     */
    detailType: string;
    /**
     * Name or ARN of the event bus; defaults to the account’s default bus
     */
    eventBusName?: string;
    /**
     * ARNs of the resources that the events concern
     */
    resourceID?: {
      arn?: string;
    }[];
    /**
     * Whether to assume the role; defaults to true if there is a role
     */
    roleBasedAuth?: boolean;
    /**
     * ARN of the role to assume
     */
    iamRoleARN?: string;
    /**
     * Access key id
     */
    accessKeyID?: string;
    /**
     * Secret access key
     */
    accessKey?: string;
  };
  'factors-ai': {
    /**
     * API key of the project
     */
    factorsAIApiKey: string;
  };
  firehose: {
    /**
     * Region of the delivery stream
     */
    region: string;
    /**
     * Delivery streams by event type: group, or * for all
     */
    mapEvents?: {
      from?: string;
      to?: string;
    }[];
    /**
     * Whether each record ends with a new line
     */
    appendNewline?: boolean;
    /**
     * Whether to assume the role; defaults to true if there is a role
     */
    roleBasedAuth?: boolean;
    /**
     * ARN of the role to assume
     */
    iamRoleARN?: string;
    /**
     * Access key id
     */
    accessKeyID?: string;
    /**
     * Secret access key
     */
    accessKey?: string;
  };
  freshmarketer: {
    /**
     * API key
     */
    apiKey: string;
    /**
     * Host of the account, such as acme.myfreshworks.com
     */
    domain: string;
  };
  freshsales: {
    /**
     * API key
     */
    apiKey: string;
    /**
     * Host of the account, such as acme.myfreshworks.com
     */
    domain: string;
  };
  front: {
    /**
     * API token
     */
    apiToken: string;
    /**
     * Paths of values, and the names of the custom fields to send them to
     */
    customFields?: {
      from?: string;
      to?: string;
    }[];
    /**
     * Paths of dates, and the names of the custom fields to send them to
     */
    customDates?: {
      from?: string;
      to?: string;
    }[];
  };
  ga4: {
    /**
     * The data stream as JSON text, instead of the next four fields
     */
    configData?: string | null;
    /**
     * Whether the data stream is of a website (gtag) or an app (firebase)
     */
    typesOfClient?: 'gtag' | 'firebase';
    /**
     * Measurement Protocol API secret of the data stream
     */
    apiSecret?: string;
    /**
     * Measurement ID of a web data stream
     */
    measurementId?: string;
    /**
     * Firebase app ID of an app data stream
     */
    firebaseAppId?: string;
    /**
     * Region that collects the events
     */
    region?: 'global' | 'eu';
    /**
     * Whether to only validate events
     */
    debugMode?: boolean;
    /**
     * Connection mode of the source; if hybrid, events may set ids
     */
    connectionMode?: string;
    /**
     * Traits not to send
     */
    piiPropertiesToIgnore?: {
      piiProperty?: string;
    }[];
  };
  gainsight: {
    /**
     * Host of the Gainsight instance
     */
    domain: string;
    /**
     * Access key of the REST API
     */
    accessKey: string;
    /**
     * Traits to send as fields of the company; custom fields end with __gc
     */
    companyMap?: {
      from?: string;
      to?: string;
    }[];
  };
  'gainsight-px': {
    /**
     * REST API key
     */
    apiKey: string;
    /**
     * Tag key of the product
     */
    productTagKey: string;
    /**
     * Data center of the subscription
     */
    dataCenter?: 'US' | 'EU' | 'US2';
    /**
     * Traits to send as custom attributes of the account
     */
    accountAttributeMap?: {
      from?: string;
      to?: string;
    }[];
  };
  'google-cloud-function': {
    /**
     * URL that triggers the function
     */
    googleCloudFunctionUrl: string;
    /**
     * Whether the function requires an identity
     */
    requireAuthentication?: boolean;
    /**
     * JSON key of the calling service account
     */
    credentials?: string;
    /**
     * Whether the function accepts a list of events
     */
    enableBatchInput?: boolean;
    /**
     * Maximum number of events in a list; defaults to 10
     */
    maxBatchSize?: number | string | null;
  };
  'google-pubsub': {
    /**
     * Id of the project
     */
    projectId: string;
    /**
     * JSON key of the publishing service account; without it, the sender uses its own identity
     */
    credentials?: string;
    /**
     * Ids of topics by event type: group, or * for all
     */
    eventToTopicMap?: {
      from?: string;
      to?: string;
    }[];
    /**
     * Paths of values to send as attributes, by event type
     */
    eventToAttributesMap?: {
      from?: string;
      to?: string;
    }[];
  };
  'google-sheets': {
    /**
     * JSON key of the writing service account; without it, the sender uses its own identity
     */
    credentials?: string;
    /**
     * Id of the spreadsheet, as in its URL
     */
    sheetId: string;
    /**
     * Name of the sheet
     */
    sheetName: string;
    /**
     * Columns in order: the path of the value, and the title
     */
    eventKeyMap?: {
      from?: string;
      to?: string;
    }[];
  };
  heap: {
    /**
     * Id of the environment, which identifies the sender to Heap
     */
    appId: string;
    /**
     * Data center of the account
     */
    dataResidency?: 'us' | 'eu';
  };
  http: {
    /**
     * URL to send events to
     */
    apiUrl: string;
    /**
     * How requests authenticate
     */
    auth?: 'noAuth' | 'basicAuth' | 'bearerTokenAuth' | 'apiKeyAuth';
    /**
     * User, for basicAuth
     */
    username?: string;
    /**
     * Password, for basicAuth
     */
    password?: string;
    /**
     * Token, for bearerTokenAuth
     */
    bearerToken?: string;
    /**
     * Header for the key, for apiKeyAuth
     */
    apiKeyName?: string;
    /**
     * Key, for apiKeyAuth
     */
    apiKeyValue?: string;
    /**
     * Method of the requests
     */
    method?: 'POST' | 'PUT' | 'PATCH' | 'GET' | 'DELETE';
    /**
     * Format of the body
     */
    format?: 'JSON' | 'FORM';
    /**
     * Whether the body is the whole event
     */
    isDefaultMapping?: boolean;
    /**
     * Fields of the body and their sources, if the body is not the whole event
     */
    propertiesMapping?: {
      to?: string;
      from?: string;
    }[];
    /**
     * Additional headers and their sources
     */
    headers?: {
      to?: string;
      from?: string;
    }[];
    /**
     * Query parameters and their sources
     */
    queryParams?: {
      to?: string;
      from?: string;
    }[];
    /**
     * Sources of text to append to the path
     */
    pathParams?: {
      path?: string;
    }[];
    /**
     * Whether a body may be a list of several events
     */
    isBatchingEnabled?: boolean;
    /**
     * Maximum number of events in a list; defaults to 100
     */
    maxBatchSize?: number | string | null;
  };
  hubspot: {
    /**
     * Access token of the private app
     */
    accessToken: string;
    /**
     * Internal name of the unique company property with the group’s id
     */
    idProperty?: string;
    /**
     * Whether to create a company if none has the group’s id
     */
    createNewCompany?: boolean;
    /**
     * Paths of values, and the names of the properties to send them to
     */
    properties?: {
      from?: string;
      to?: string;
    }[];
  };
  hyperengage: {
    /**
     * API key, which is also the server token
     */
    apiKey: string;
    /**
     * Workspace key
     */
    workspaceIdentifier: string;
  };
  intercom: {
    /**
     * Access token
     */
    apiKey: string;
    /**
     * v1 is version 1.4 of the API, v2 is 2.10
     */
    apiVersion?: 'v1' | 'v2';
    /**
     * Region of the workspace
     */
    apiServer?: 'standard' | 'eu' | 'au';
    /**
     * Whether v1 uses the anonymous id if there is no user id
     */
    sendAnonymousId?: boolean;
  };
  'intercom-v2': {
    /**
     * Region of the workspace
     */
    apiServer: 'US' | 'Europe' | 'Australia';
  };
  jitsu: {
    /**
     * Base URL of the site, such as https://data.acme.com
     */
    host: string;
    /**
     * Server write key: a key’s id, a colon and its secret
     */
    writeKey: string;
  };
  kafka: {
    /**
     * Name of the topic
     */
    topic?: string;
    /**
     * Whether types of events have their own topics
     */
    enableMultiTopic?: boolean;
    /**
     * Topics by event type; group events use the one for group
     */
    eventTypeToTopicMap?: {
      from?: string;
      to?: string;
    }[];
    /**
     * Whether the key of a record is the group’s id instead of the user’s
     */
    groupKey?: boolean;
    /**
     * Base URL of the REST API, such as https://pkc-1.eu-west-1.aws.confluent.cloud/kafka/v3
     */
    restEndpoint?: string;
    /**
     * Id of the cluster, such as lkc-7x2
     */
    clusterId?: string;
    /**
     * Key for the REST API
     */
    apiKey?: string;
    /**
     * Secret of that key
     */
    apiSecret?: string;
  };
  kameleoon: {
    /**
     * API key as Kameleoon issues it, already encoded
     */
    apiKey: string;
    /**
     * Site code of the project, with 10 characters
     */
    sitecode: string;
  };
  kinesis: {
    /**
     * Region of the stream
     */
    region: string;
    /**
     * Name of the stream
     */
    stream: string;
    /**
     * Whether to use the message id as the partition key
     */
    useMessageId?: boolean;
    /**
     * Partition key, if it is not the message id
     */
    partitionKey?: 'user' | 'group';
    /**
     * Maximum size of a record in the stream, in bytes
     */
    maxRecordBytes?: number;
    /**
     * Whether to assume the role; defaults to true if there is a role
     */
    roleBasedAuth?: boolean;
    /**
     * ARN of the role to assume
     */
    iamRoleARN?: string;
    /**
     * Access key id
     */
    accessKeyID?: string;
    /**
     * Secret access key
     */
    accessKey?: string;
  };
  kissmetrics: {
    /**
     * API key of the product
     */
    apiKey: string;
  };
  klaviyo: {
    /**
     * Private API key
     */
    privateApiKey: string;
    /**
     * Revision of the API; Klaviyo has retired v1 and v2, so they are sent as v3
     */
    apiVersion?: 'v1' | 'v2' | 'v3';
    /**
     * Channels of consent if the event names none
     */
    consent?: ('email' | 'sms')[] | ('email' | 'sms');
  };
  klime: {
    /**
     * Write key
     */
    writeKey: string;
    /**
     * Base URL of the API
     */
    apiEndpoint?: string;
  };
  knock: {
    /**
     * Secret key of the environment, which starts with sk_
     */
    apiKey: string;
    /**
     * Whether to also subscribe the user to the tenant
     */
    subscribeUser?: boolean;
  };
  linear: {
    /**
     * Personal API key
     */
    apiKey?: string;
    /**
     * Token of an OAuth application, instead of the key
     */
    accessToken?: string;
    /**
     * Trait with the name of the customer’s tier; defaults to plan
     */
    tierTrait?: string;
    /**
     * Whether to also identify customers by the domain of their website; groups with the same domain become one
     */
    sendDomains?: boolean;
  };
  marketo: {
    /**
     * Munchkin account id, such as 123-ABC-456
     */
    munchkinId?: string;
    /**
     * The same, by RudderStack’s name
     */
    accountId?: string;
    /**
     * Access token of a custom service, which Marketo accepts for an hour
     */
    accessToken: string;
    /**
     * Traits, by the API names of the company fields to send them to
     */
    customFields?: {
      [k: string]: string;
    };
  };
  mautic: {
    /**
     * User of the API
     */
    userName: string;
    /**
     * Password of the user
     */
    password: string;
    /**
     * Whether Mautic is hosted at mautic.net or on its own domain
     */
    domainMethod?: 'subDomainNameOption' | 'domainNameOption';
    /**
     * Label before .mautic.net in the address
     */
    subDomainName?: string;
    /**
     * Address of an installation on its own domain
     */
    domainName?: string;
    /**
     * Field for the look-up of the contact
     */
    lookUpField?:
      'title' | 'firstName' | 'lastName' | 'role' | 'phone' | 'city' | 'email' | 'state' | 'zipcode' | 'country';
  };
  mixpanel: {
    /**
     * Project token
     */
    token: string;
    /**
     * Group keys of the project: groupId, or names of traits
     */
    groupKeySettings: {
      groupKey?: string;
    }[];
    /**
     * Data center of the project
     */
    dataResidency?: 'us' | 'eu' | 'in';
    /**
     * Whether to rename the name and the creation date to the properties $name and $created
     */
    reservedProperties?: boolean;
    /**
     * How identities are merged
     */
    identityMergeApi?: 'original' | 'simplified';
  };
  novu: {
    /**
     * Secret key of the environment
     */
    secretKey: string;
    /**
     * Region of the organization
     */
    region?: 'us' | 'eu';
    /**
     * Type of the contexts for traits, such as tenant; without it, traits are not sent
     */
    contextType?: string;
  };
  'one-signal': {
    /**
     * App ID
     */
    appId: string;
    /**
     * API for users; V2 has the user model, V1 is the legacy API and requires no key
     */
    version?: 'V1' | 'V2';
    /**
     * Traits to send as tags, if they are text
     */
    allowedProperties?: {
      propertyName?: string;
    }[];
  };
  ortto: {
    /**
     * Key of a custom API data source
     */
    privateApiKey: string;
    /**
     * Region of the instance
     */
    instanceRegion?: 'other' | 'au' | 'eu';
    /**
     * Id of the custom account field with the group’s id
     */
    idField?: string;
    /**
     * Paths of values, by the ids of the fields to send them to
     */
    customFields?: {
      [k: string]: string;
    };
  };
  pendo: {
    /**
     * Integration key with write access
     */
    integrationKey?: string;
    /**
     * Public API key of the app, to send whole events if there is no integration key
     */
    apiKey?: string;
    /**
     * Data center of the subscription; a key works only there
     */
    region?: 'us' | 'us1' | 'eu' | 'jp' | 'au';
    /**
     * Metadata group of the fields to write
     */
    metadataGroup?: 'custom' | 'agent';
    /**
     * Whether to create accounts that Pendo does not have
     */
    createAccounts?: boolean;
  };
  persistiq: {
    /**
     * REST API key
     */
    apiKey: string;
  };
  pipedream: {
    /**
     * URL of the HTTP trigger
     */
    pipedreamUrl: string;
    /**
     * Method of the requests
     */
    pipedreamMethod?: 'POST' | 'PUT' | 'PATCH' | 'GET' | 'DELETE';
    /**
     * Additional headers
     */
    headers?: {
      /**
       * Name of the header
       */
      from?: string;
      /**
       * Value of the header
       */
      to?: string;
    }[];
  };
  pipedrive: {
    /**
     * Label before .pipedrive.com in the account’s address
     */
    domain: string;
    /**
     * Personal API token
     */
    apiToken: string;
    /**
     * Organization field with the group’s id: id, or the key of a custom field, with 40 characters
     */
    organizationField?: string;
    /**
     * Paths of values, and the keys of the fields to send them to
     */
    custom_fields?: {
      from?: string;
      to?: string;
    }[];
  };
  plain: {
    /**
     * API key of a machine user
     */
    apiKey: string;
    /**
     * Whether to add the customer to the tenant
     */
    linkUser?: boolean;
  };
  planhat: {
    /**
     * API access token of a service account
     */
    apiToken: string;
    /**
     * Label before .planhat.com in the API’s URLs: api, api-eu, api-us2, api-us4 or another region
     */
    subdomain?: string;
  };
  posthog: {
    /**
     * API key of the project
     */
    teamApiKey: string;
    /**
     * Base URL of the instance
     */
    yourInstance?: string;
    /**
     * Whether to send $groupidentify; without it, PostHog accepts the event but creates no group
     */
    useV2Group?: boolean;
    /**
     * Group type, if the traits have no groupType
     */
    groupType?: string;
  };
  pylon: {
    /**
     * API token
     */
    apiToken: string;
    /**
     * Paths of values, and the slugs of the custom fields to send them to
     */
    customFields?: {
      from?: string;
      to?: string;
    }[];
    /**
     * Label of the group’s id among the external ids
     */
    externalIdLabel?: string;
  };
  refiner: {
    /**
     * REST API key
     */
    apiKey: string;
    /**
     * Traits to send as account attributes with another name
     */
    accountAttributesMapping?: {
      from?: string;
      to?: string;
    }[];
  };
  reflag: {
    /**
     * Secret or publishable SDK key of the environment
     */
    secretKey: string;
    /**
     * Region that processes requests
     */
    region?: 'global' | 'eu';
    /**
     * Whether an event counts as activity of the company
     */
    active?: boolean;
  };
  rudderstack: {
    /**
     * URL of the data plane
     */
    dataPlaneUrl: string;
    /**
     * Write key of the source
     */
    writeKey: string;
  };
  salesforce: {
    /**
     * Base URL of the org, such as https://acme.my.salesforce.com
     */
    instanceUrl: string;
    /**
     * API name of the external id field of Account with the group’s id, such as Group_Id__c
     */
    externalIdField: string;
    /**
     * Version of the REST API
     */
    apiVersion?: string;
    /**
     * Whether to only update accounts, and never create one
     */
    updateOnly?: boolean;
    /**
     * Paths of values, and the API names of the fields to send them to
     */
    customFields?: {
      from?: string;
      to?: string;
    }[];
  };
  schematic: {
    /**
     * Secret API key of the environment
     */
    apiKey: string;
    /**
     * Name of the company key with the group’s id
     */
    companyKey?: string;
    /**
     * Name of the user key with the user’s id
     */
    userKey?: string;
    /**
     * Whether to add the user to the company
     */
    linkUser?: boolean;
  };
  segment: {
    /**
     * Write key of an HTTP API source
     */
    writeKey: string;
    /**
     * Region of the workspace; the host of another region accepts events and loses them
     */
    region?: 'us' | 'eu';
  };
  serenytics: {
    /**
     * URL for the storage of groups; its last part is a token
     */
    storageUrlGroup: string;
  };
  splitio: {
    /**
     * Server-side SDK API key
     */
    apiKey: string;
    /**
     * Traffic type, if the event names none
     */
    trafficType?: string;
    /**
     * Environment of the events
     */
    environment?: string;
  };
  statsig: {
    /**
     * Server secret key of the project
     */
    secretKey: string;
  };
  stormly: {
    /**
     * API key
     */
    apiKey: string;
  };
  survicate: {
    /**
     * Destination key
     */
    destinationKey: string;
  };
  totango: {
    /**
     * Id of the service, such as SP-1234-01
     */
    serviceId: string;
    /**
     * Data center of the service
     */
    region?: 'US' | 'EU';
    /**
     * Token, where the service requires one
     */
    apiToken?: string;
  };
  unify: {
    /**
     * API key
     */
    apiKey: string;
    /**
     * Attribute that identifies companies: domain, or a unique attribute with the group’s id
     */
    matchAttribute?: string;
    /**
     * Paths of values, and the API names of the attributes to send them to
     */
    attributes?: {
      from?: string;
      to?: string;
    }[];
  };
  'user-com': {
    /**
     * Public REST API key
     */
    apiKey: string;
    /**
     * Label before .user.com in the application’s address
     */
    appSubdomain: string;
    /**
     * Traits to send as attributes with another name
     */
    companyAttributesMapping?: {
      from?: string;
      to?: string;
    }[];
  };
  userflow: {
    /**
     * API key of the environment, which starts with ak_
     */
    apiKey: string;
    /**
     * Region of the account
     */
    region?: 'us' | 'eu';
    /**
     * Whether to add the user to the group
     */
    linkUser?: boolean;
  };
  userlist: {
    /**
     * Push API key
     */
    pushKey: string;
  };
  usermaven: {
    /**
     * API key
     */
    api_key: string;
    /**
     * Server token
     */
    server_token: string;
  };
  userpilot: {
    /**
     * HTTP API key
     */
    apiKey: string;
    /**
     * Base URL of the API, which depends on the data center
     */
    apiEndpoint?: string;
  };
  variance: {
    /**
     * URL from Variance
     */
    webhookUrl: string;
    /**
     * The complete value of the header Authorization
     */
    authHeader: string;
  };
  vitally: {
    /**
     * Basic token, as Vitally shows it; accounts in the EU data center are not supported
     */
    apiKeyVitally: string;
  };
  voucherify: {
    /**
     * Application ID of an integration key
     */
    apiKey: string;
    /**
     * Secret key of the same integration key
     */
    secretKey: string;
    /**
     * API endpoint of the project, with segmentio instead of api
     */
    customURL: string;
  };
  webhook: {
    /**
     * URL to send events to
     */
    webhookUrl: string;
    /**
     * Method of the requests
     */
    webhookMethod?: 'POST' | 'PUT' | 'PATCH' | 'GET' | 'DELETE';
    /**
     * Additional headers
     */
    headers?: {
      /**
       * Name of the header
       */
      from?: string;
      /**
       * Value of the header
       */
      to?: string;
    }[];
  };
  zendesk: {
    /**
     * Login of the API’s administrator
     */
    email: string;
    /**
     * API token
     */
    apiToken: string;
    /**
     * Label before .zendesk.com in the account’s address
     */
    domain: string;
    /**
     * Whether to send events without a user id, as organizations without a member
     */
    sendGroupCallsWithoutUserId?: boolean;
    /**
     * Whether created users count as verified
     */
    createUsersAsVerified?: boolean;
  };
  'zoho-crm': {
    /**
     * OAuth access token, which Zoho accepts for an hour
     */
    accessToken: string;
    /**
     * Data center of the account; a token works only there
     */
    region?: 'US' | 'EU' | 'IN' | 'AU' | 'JP' | 'CN' | 'CA' | 'SA';
    /**
     * API name of the unique Accounts field with the group’s id
     */
    idField?: string;
    /**
     * Whether to look for an account without a group id by its name
     */
    matchByName?: boolean;
    /**
     * Paths of values, by the API names of the fields to send them to
     */
    customFields?: {
      [k: string]: string;
    };
  };
}

/** The destinations that take no groups. */
export type RejectingName =
  | 'adj'
  | 'adobe-analytics'
  | 'adroll'
  | 'af'
  | 'algolia'
  | 'amazon-audience'
  | 'appcenter'
  | 'attentive-tag'
  | 'autopilot'
  | 'awin'
  | 'axeptio'
  | 'azure-blob'
  | 'azure-datalake'
  | 'azure-synapse'
  | 'bingads'
  | 'bingads-audience'
  | 'bingads-offline-conversions'
  | 'bloomreach'
  | 'bloomreach-catalog'
  | 'bluecore'
  | 'bq'
  | 'bqstream'
  | 'branch'
  | 'braze-audience'
  | 'bugsnag'
  | 'campaign-manager'
  | 'candu'
  | 'chartbeat'
  | 'clevertap'
  | 'clickhouse'
  | 'clicksend'
  | 'clickup'
  | 'commandbar'
  | 'comscore'
  | 'convertflow'
  | 'criteo'
  | 'criteo-audience'
  | 'custom-audience'
  | 'custom-device-mode'
  | 'customerio-audience'
  | 'dcm-floodlight'
  | 'delighted'
  | 'deltalake'
  | 'digital-ocean-spaces'
  | 'discord'
  | 'drip'
  | 'dub'
  | 'dynamic-yield'
  | 'eloqua'
  | 'facebook-conversions'
  | 'facebook-offline-conversions'
  | 'facebook-pixel'
  | 'fb'
  | 'fb-custom-audience'
  | 'firebase'
  | 'fullstory'
  | 'ga'
  | 'ga360'
  | 'gcs'
  | 'gcs-datalake'
  | 'gladly'
  | 'google-adwords-enhanced-conversions'
  | 'google-adwords-offline-conversions'
  | 'google-adwords-remarketing-lists'
  | 'google-optimize'
  | 'googleads'
  | 'gtm'
  | 'hotjar'
  | 'impact'
  | 'indicative'
  | 'iterable'
  | 'iterable-audience'
  | 'june'
  | 'keen'
  | 'klaviyo-bulk-upload'
  | 'koala'
  | 'kochava'
  | 'koddi'
  | 'kustomer'
  | 'launchdarkly'
  | 'launchdarkly-audience'
  | 'leanplum'
  | 'lemnisk'
  | 'linkedin-ads'
  | 'linkedin-audience'
  | 'linkedin-insight-tag'
  | 'livechat'
  | 'loops'
  | 'lotame'
  | 'lotame-mobile'
  | 'lytics'
  | 'lytics-bulk-upload'
  | 'mailchimp'
  | 'mailjet'
  | 'mailmodo'
  | 'marketo-bulk-upload'
  | 'marketo-static-list'
  | 'matomo'
  | 'microsoft-clarity'
  | 'minio'
  | 'moengage'
  | 'monday'
  | 'monetate'
  | 'mouseflow'
  | 'movable-ink'
  | 'mssql'
  | 'new-relic'
  | 'ninetailed'
  | 'olark'
  | 'ometria'
  | 'optimizely'
  | 'optimizely-fullstack'
  | 'pagerduty'
  | 'pardot'
  | 'personalize'
  | 'pinterest-tag'
  | 'podsights'
  | 'post-affiliate-pro'
  | 'postgres'
  | 'postscript'
  | 'profitwell'
  | 'qualaroo'
  | 'qualtrics'
  | 'quantummetric'
  | 'quora-pixel'
  | 'rakuten'
  | 'reddit'
  | 'reddit-pixel'
  | 'redis'
  | 'revenue-cat'
  | 'rockerbox'
  | 'rollbar'
  | 'rs'
  | 's3'
  | 's3-datalake'
  | 'salesforce-bulk-upload'
  | 'satismeter'
  | 'sendgrid'
  | 'sendinblue'
  | 'sentry'
  | 'sfmc'
  | 'sftp'
  | 'shynet'
  | 'signl4'
  | 'singular'
  | 'slack'
  | 'smartly'
  | 'snap-pixel'
  | 'snapchat-conversion'
  | 'snapchat-custom-audience'
  | 'snapengage'
  | 'snowflake'
  | 'snowpipe-streaming'
  | 'spotifypixel'
  | 'sprig'
  | 'the-trade-desk'
  | 'the-trade-desk-real-time-conversions'
  | 'tiktok-ads'
  | 'tiktok-ads-offline-events'
  | 'tiktok-audience'
  | 'toplyne'
  | 'topsort'
  | 'trengo'
  | 'tune'
  | 'tvsquared'
  | 'twitter-ads'
  | 'vero'
  | 'vwo'
  | 'webengage'
  | 'woopra'
  | 'wootric'
  | 'wunderkind'
  | 'x-audience'
  | 'xpixel'
  | 'yahoo-dsp'
  | 'yandex-metrica'
  | 'yandex-metrica-offline-events'
  | 'zapier';
