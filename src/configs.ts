/* Written by `npm run docs` from the schemas of the destinations; what is changed here is lost. */
/** The config of each destination that sends groups. */
export interface BuiltInConfigs {
  'accoil-analytics': {
    /**
     * API key of the product; one that starts with stg_ is of the staging environment
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
     * Paths of values that become custom fields of accounts, and the ids of those
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
     * Whether the project is kept in the EU
     */
    dataCenter?: boolean;
    /**
     * Traits that are dates; a nested one as billing.since
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
     * Where the project keeps its data
     */
    residencyServer?: 'standard' | 'EU';
    /**
     * Trait whose value is the group type
     */
    groupTypeTrait?: string;
    /**
     * Trait whose value is the group value
     */
    groupValueTrait?: string;
    /**
     * Group type whose value is the group id, where the two settings before are empty
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
     * Where the account keeps its data
     */
    region?: 'US' | 'EU';
  };
  attio: {
    /**
     * Access token
     */
    accessToken: string;
    /**
     * Paths of values that become attributes of the workspace, and their slugs
     */
    workspace_attributes?: {
      from?: string;
      to?: string;
    }[];
    /**
     * Paths of values that become attributes of the company, and their slugs
     */
    company_attributes?: {
      from?: string;
      to?: string;
    }[];
    /**
     * Whether the user, where Attio has it, becomes one of the workspace, for which Attio is asked first
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
     * Base64 text that is passed on as the client context
     */
    clientContext?: string;
    /**
     * Whether the function takes a list of events
     */
    enableBatchInput?: boolean;
    /**
     * The most events in a list
     */
    maxBatchSize?: number | string | null;
    /**
     * Whether to assume the role; absent, if there is one
     */
    roleBasedAuth?: boolean;
    /**
     * ARN of the role to assume
     */
    iamRoleARN?: string;
    /**
     * Id of the access key
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
     * Where the account keeps its data
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
     * Start of the URL that ChurnZero shows below the application keys, without /i
     */
    endpoint?: string;
    /**
     * Id of a contact that stands for a user id that is absent
     */
    contactlessId?: string;
  };
  cordial: {
    /**
     * API key
     */
    apiKey: string;
    /**
     * Start of the URLs of Cordial’s service for Segment, which is not that of its REST API
     */
    endpoint?: string;
    /**
     * Key of the contacts’ attribute that holds the user id
     */
    segmentIdKey?: string;
    /**
     * Where the event has what tells contacts apart: paths, by the names of Cordial’s identifiers
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
     * Whether the anonymous id stands for a user id that is absent
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
     * Whether the creation date is sent in Unix seconds, which date filters need
     */
    datesAsUnixSeconds?: boolean;
  };
  devrev: {
    /**
     * Personal access token
     */
    accessToken: string;
    /**
     * Trait that becomes the tier
     */
    tierTrait?: string;
    /**
     * Paths of values that become custom fields, and the names of those, such as tnt__plan
     */
    customFields?: {
      from?: string;
      to?: string;
    }[];
  };
  'dynamics-365': {
    /**
     * Start of the URLs of the organization, such as https://acme.crm4.dynamics.com
     */
    orgUrl: string;
    /**
     * Access token of an application of Microsoft Entra, which is valid for about an hour
     */
    accessToken: string;
    /**
     * Logical name of the column of accounts that holds the group’s id; it must be an active alternate key
     */
    keyField?: string;
    /**
     * Whether an account is created if none has the group’s id
     */
    createAccounts?: boolean;
    /**
     * Paths of values that become further columns, by the logical names of those
     */
    customFields?: {
      [k: string]: string;
    };
  };
  emarsys: {
    /**
     * User of the API; this way in, WSSE, ends on 2026-12-31
     */
    emersysUsername?: string;
    /**
     * Secret of that user
     */
    emersysUserSecret?: string;
    /**
     * Client id of the API, instead of a user and not for pipelines; tokens are fetched from https://auth.emarsys.net/oauth2/token, which Emarsys has not confirmed
     */
    clientId?: string;
    /**
     * Secret of that client
     */
    clientSecret?: string;
    /**
     * Id of the field by which contacts are known; 3 if absent
     */
    emersysCustomIdentifier?: string;
    /**
     * Id of the contact list where the event has no group id
     */
    defaultContactList?: string;
    /**
     * Which trait, by name or path, holds which contact field
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
     * Name of the object that groups are
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
     * Name or ARN of the event bus; absent, the default one of the account
     */
    eventBusName?: string;
    /**
     * ARNs of the resources that the events concern
     */
    resourceID?: {
      arn?: string;
    }[];
    /**
     * Whether to assume the role; absent, if there is one
     */
    roleBasedAuth?: boolean;
    /**
     * ARN of the role to assume
     */
    iamRoleARN?: string;
    /**
     * Id of the access key
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
     * Delivery streams by kinds of events: group, or * for all
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
     * Whether to assume the role; absent, if there is one
     */
    roleBasedAuth?: boolean;
    /**
     * ARN of the role to assume
     */
    iamRoleARN?: string;
    /**
     * Id of the access key
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
     * Paths of values that become custom fields, and the names of those
     */
    customFields?: {
      from?: string;
      to?: string;
    }[];
    /**
     * Paths of dates that become custom fields, and the names of those
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
     * Measurement ID of the data stream of a website
     */
    measurementId?: string;
    /**
     * Firebase app ID of the data stream of an app
     */
    firebaseAppId?: string;
    /**
     * Where events are collected
     */
    region?: 'global' | 'eu';
    /**
     * Whether events are only validated
     */
    debugMode?: boolean;
    /**
     * How the source is connected; if hybrid, events may set ids
     */
    connectionMode?: string;
    /**
     * Traits that are not sent
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
     * Traits that become fields of the company, custom ones with their __gc
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
     * Where the data is kept
     */
    dataCenter?: 'US' | 'EU' | 'US2';
    /**
     * Traits that become custom attributes of the account
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
     * Whether the function wants an identity
     */
    requireAuthentication?: boolean;
    /**
     * JSON key of the service account that calls
     */
    credentials?: string;
    /**
     * Whether the function takes a list of events
     */
    enableBatchInput?: boolean;
    /**
     * The most events in a list; 10 if absent
     */
    maxBatchSize?: number | string | null;
  };
  'google-pubsub': {
    /**
     * Id of the project
     */
    projectId: string;
    /**
     * JSON key of the service account that publishes; absent, whoever sends has its own
     */
    credentials?: string;
    /**
     * Ids of topics by kinds of events: group, or * for all
     */
    eventToTopicMap?: {
      from?: string;
      to?: string;
    }[];
    /**
     * Paths of values that become attributes, by kinds of events
     */
    eventToAttributesMap?: {
      from?: string;
      to?: string;
    }[];
  };
  'google-sheets': {
    /**
     * JSON key of the service account that writes; absent, whoever sends has its own
     */
    credentials?: string;
    /**
     * Id of the spreadsheet, as in its URL
     */
    sheetId: string;
    /**
     * Name of the sheet in it
     */
    sheetName: string;
    /**
     * Columns in their order: the path of the value, and the title
     */
    eventKeyMap?: {
      from?: string;
      to?: string;
    }[];
  };
  heap: {
    /**
     * Id of the environment, by which Heap knows who sends
     */
    appId: string;
    /**
     * Where the data is kept
     */
    dataResidency?: 'us' | 'eu';
  };
  http: {
    /**
     * URL that takes the events
     */
    apiUrl: string;
    /**
     * How requests say who sends them
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
     * Header of the key, for apiKeyAuth
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
     * Fields of a body that is not the event, and their sources
     */
    propertiesMapping?: {
      to?: string;
      from?: string;
    }[];
    /**
     * Further headers, and their sources
     */
    headers?: {
      to?: string;
      from?: string;
    }[];
    /**
     * Parameters of the query, and their sources
     */
    queryParams?: {
      to?: string;
      from?: string;
    }[];
    /**
     * Sources of what is added to the path
     */
    pathParams?: {
      path?: string;
    }[];
    /**
     * Whether a body may be a list of several events
     */
    isBatchingEnabled?: boolean;
    /**
     * The most events in a list; 100 if absent
     */
    maxBatchSize?: number | string | null;
  };
  hubspot: {
    /**
     * Access token of the private app
     */
    accessToken: string;
    /**
     * Internal name of the unique property of companies that holds the group’s id
     */
    idProperty?: string;
    /**
     * Whether a company is created if none has the group’s id
     */
    createNewCompany?: boolean;
    /**
     * Paths of values that become further properties, and the names of those
     */
    properties?: {
      from?: string;
      to?: string;
    }[];
  };
  hyperengage: {
    /**
     * API key, which is the server token as well
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
     * v1 is 1.4 of the API, v2 is 2.10
     */
    apiVersion?: 'v1' | 'v2';
    /**
     * Region of the workspace
     */
    apiServer?: 'standard' | 'eu' | 'au';
    /**
     * Whether v1 takes the anonymous id for an absent user id
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
     * Start of the site’s URLs, such as https://data.acme.com
     */
    host: string;
    /**
     * Server write key, which is a key’s id, a colon and its secret
     */
    writeKey: string;
  };
  kafka: {
    /**
     * Name of the topic
     */
    topic?: string;
    /**
     * Whether types of events have topics of their own
     */
    enableMultiTopic?: boolean;
    /**
     * Topics by types of events; that of group counts
     */
    eventTypeToTopicMap?: {
      from?: string;
      to?: string;
    }[];
    /**
     * Whether the key of a record is the group’s id, not the user’s
     */
    groupKey?: boolean;
    /**
     * Start of the URLs of the REST API, such as https://pkc-1.eu-west-1.aws.confluent.cloud/kafka/v3
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
     * API key, as Kameleoon hands it out, which is encoded
     */
    apiKey: string;
    /**
     * Site code of the project, which has 10 characters
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
     * Whether the message id is the partition key
     */
    useMessageId?: boolean;
    /**
     * What the partition key is where it is not the message id
     */
    partitionKey?: 'user' | 'group';
    /**
     * The most bytes that the stream takes in a record
     */
    maxRecordBytes?: number;
    /**
     * Whether to assume the role; absent, if there is one
     */
    roleBasedAuth?: boolean;
    /**
     * ARN of the role to assume
     */
    iamRoleARN?: string;
    /**
     * Id of the access key
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
     * Revision of the API; Klaviyo has retired those of v1 and v2, so that v3 is sent for them as well
     */
    apiVersion?: 'v1' | 'v2' | 'v3';
    /**
     * Channels that people consent to where the event does not say
     */
    consent?: ('email' | 'sms')[] | ('email' | 'sms');
  };
  klime: {
    /**
     * Write key
     */
    writeKey: string;
    /**
     * Start of the API’s URLs
     */
    apiEndpoint?: string;
  };
  knock: {
    /**
     * Secret key of the environment, which begins with sk_
     */
    apiKey: string;
    /**
     * Whether the user also subscribes to the tenant
     */
    subscribeUser?: boolean;
  };
  linear: {
    /**
     * Personal API key
     */
    apiKey?: string;
    /**
     * Token of an OAuth application, in the place of the key
     */
    accessToken?: string;
    /**
     * Trait that names the tier of a customer; plan, if absent
     */
    tierTrait?: string;
    /**
     * Whether Linear also knows a customer by the domain of its website; groups with one domain become one
     */
    sendDomains?: boolean;
  };
  marketo: {
    /**
     * Munchkin account id, such as 123-ABC-456
     */
    munchkinId?: string;
    /**
     * The same under the name that RudderStack has for it
     */
    accountId?: string;
    /**
     * Access token of a custom service, which Marketo takes for an hour
     */
    accessToken: string;
    /**
     * Traits for further fields of companies, or for the usual ones, by the API names of the fields
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
     * Whether Mautic is reached under mautic.net or under a domain of its own
     */
    domainMethod?: 'subDomainNameOption' | 'domainNameOption';
    /**
     * What stands before .mautic.net in the address
     */
    subDomainName?: string;
    /**
     * Address of an installation under a domain of its own
     */
    domainName?: string;
    /**
     * Field that finds the contact
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
     * Where the project keeps its data
     */
    dataResidency?: 'us' | 'eu' | 'in';
    /**
     * Whether the name and the date of creation become the properties $name and $created
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
     * Type of the contexts that hold the traits, such as tenant; absent, traits are not sent
     */
    contextType?: string;
  };
  'one-signal': {
    /**
     * App ID
     */
    appId: string;
    /**
     * API that users are written with; V2 has the user model, V1 is the legacy one and takes no key
     */
    version?: 'V1' | 'V2';
    /**
     * Traits that become tags if they are text
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
     * Id of the custom field of accounts that holds the group’s id
     */
    idField?: string;
    /**
     * Paths of values that become further fields, by the ids of those
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
     * Public API key of the app, by which events are sent whole where there is no integration key
     */
    apiKey?: string;
    /**
     * Where the data of the subscription is kept; a key is valid there only
     */
    region?: 'us' | 'us1' | 'eu' | 'jp' | 'au';
    /**
     * Group of the fields that are written
     */
    metadataGroup?: 'custom' | 'agent';
    /**
     * Whether accounts that Pendo does not know are created
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
     * Further headers
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
     * What stands before .pipedrive.com in the address of the account
     */
    domain: string;
    /**
     * Personal API token
     */
    apiToken: string;
    /**
     * Where organizations have the group’s id: id, or the key of a custom field, of 40 characters
     */
    organizationField?: string;
    /**
     * Paths of values that become further fields, and the keys of those
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
     * Whether the customer becomes a member of the tenant
     */
    linkUser?: boolean;
  };
  planhat: {
    /**
     * API access token of a service account
     */
    apiToken: string;
    /**
     * What stands before .planhat.com in the URLs of the API: api, api-eu, api-us2, api-us4 or another region
     */
    subdomain?: string;
  };
  posthog: {
    /**
     * API key of the project
     */
    teamApiKey: string;
    /**
     * Start of the URLs of the instance
     */
    yourInstance?: string;
    /**
     * Whether to send what PostHog makes groups of; without it, PostHog takes the event but makes no group
     */
    useV2Group?: boolean;
    /**
     * Type of the groups whose traits have no groupType
     */
    groupType?: string;
  };
  pylon: {
    /**
     * API token
     */
    apiToken: string;
    /**
     * Paths of values that become custom fields, and the slugs of those
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
     * Traits that become account attributes of another name
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
     * Where requests are processed
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
     * Start of the org’s URLs, such as https://acme.my.salesforce.com
     */
    instanceUrl: string;
    /**
     * API name of the external id field of Account that holds the group’s id, such as Group_Id__c
     */
    externalIdField: string;
    /**
     * Version of the REST API
     */
    apiVersion?: string;
    /**
     * Whether accounts are only updated, and none is created
     */
    updateOnly?: boolean;
    /**
     * Paths of values that become further fields, and the API names of those
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
     * Name of the key of companies that is the group’s id
     */
    companyKey?: string;
    /**
     * Name of the key of users that is the user’s id
     */
    userKey?: string;
    /**
     * Whether the user is added to the company
     */
    linkUser?: boolean;
  };
  segment: {
    /**
     * Write key of an HTTP API source
     */
    writeKey: string;
    /**
     * Region of the workspace; the host of another region takes events and loses them
     */
    region?: 'us' | 'eu';
  };
  serenytics: {
    /**
     * URL that pushes to the storage of groups; its last part is a token
     */
    storageUrlGroup: string;
  };
  splitio: {
    /**
     * Server-side SDK API key
     */
    apiKey: string;
    /**
     * Traffic type of events that name none
     */
    trafficType?: string;
    /**
     * Environment that the events belong to
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
     * Attribute that companies are known by: domain, or a unique one that holds the group’s id
     */
    matchAttribute?: string;
    /**
     * Paths of values that become attributes, and the API names of those
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
     * What stands before .user.com in the address of the application
     */
    appSubdomain: string;
    /**
     * Traits that become attributes of another name
     */
    companyAttributesMapping?: {
      from?: string;
      to?: string;
    }[];
  };
  userflow: {
    /**
     * API key of the environment, which begins with ak_
     */
    apiKey: string;
    /**
     * Region of the account
     */
    region?: 'us' | 'eu';
    /**
     * Whether the user becomes a member of the group
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
     * Start of the API’s URLs, which decides where the data is kept
     */
    apiEndpoint?: string;
  };
  variance: {
    /**
     * URL that Variance gives
     */
    webhookUrl: string;
    /**
     * The whole value of the header Authorization
     */
    authHeader: string;
  };
  vitally: {
    /**
     * Basic token, as Vitally shows it; accounts that are kept in the EU cannot be reached
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
     * API endpoint of the project, with segmentio in the place of api
     */
    customURL: string;
  };
  webhook: {
    /**
     * URL that takes the events
     */
    webhookUrl: string;
    /**
     * Method of the requests
     */
    webhookMethod?: 'POST' | 'PUT' | 'PATCH' | 'GET' | 'DELETE';
    /**
     * Further headers
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
     * Login of the administrator that the API is used as
     */
    email: string;
    /**
     * API token
     */
    apiToken: string;
    /**
     * What stands before .zendesk.com in the address of the account
     */
    domain: string;
    /**
     * Whether events without a user id are sent, as organizations without a member
     */
    sendGroupCallsWithoutUserId?: boolean;
    /**
     * Whether users that are created count as verified
     */
    createUsersAsVerified?: boolean;
  };
  'zoho-crm': {
    /**
     * OAuth access token, which Zoho takes for an hour
     */
    accessToken: string;
    /**
     * Data centre of the account; a token is valid in its own only
     */
    region?: 'US' | 'EU' | 'IN' | 'AU' | 'JP' | 'CN' | 'CA' | 'SA';
    /**
     * API name of the unique field of Accounts that holds the group’s id
     */
    idField?: string;
    /**
     * Whether an account that has no group’s id is looked for by its name
     */
    matchByName?: boolean;
    /**
     * Paths of values that become further fields, by the API names of those
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
