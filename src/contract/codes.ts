/**
 * The one table of codes for results, warnings and problems. A code is stable; its message may change. Only problems,
 * which are the errors of a whole HTTP request, have a `status`.
 */
export const codes = {
  ANSWERS_STALE: {
    kind: 'fail',
    summary:
      'The answers belong to another release, or to calls that the dialogue no longer makes. Start the dialogue again.',
  },
  ANSWER_INVALID: {
    kind: 'fail',
    summary: 'The given vendor answer is malformed or larger than the limit.',
  },
  CONFIG_INVALID: { kind: 'fail', summary: 'The config does not satisfy the destination’s schema.' },
  DELIVERY_INVALID: {
    kind: 'fail',
    summary: 'The destination requires a delivery token, and it is missing or unusable.',
  },
  DELIVERY_REFUSED: { kind: 'fail', summary: 'The vendor refused the delivery token.' },
  DESTINATION_UNKNOWN: { kind: 'fail', summary: 'No destination has this name or alias.' },
  DIALOGUE_NEEDED: { kind: 'fail', summary: 'The vendor must be asked first, but the caller does not allow it.' },
  DIALOGUE_TOO_LONG: { kind: 'fail', summary: 'The dialogue with the vendor takes more steps than the limit.' },
  EVENT_INVALID: {
    kind: 'fail',
    summary: 'The event is not a JSON object, or contains a number too large to represent.',
  },
  EVENT_KEY_TOO_LONG: { kind: 'fail', summary: 'A key of the event is longer than the limit.' },
  EVENT_REFUSED: { kind: 'fail', summary: 'A rule of the destination refuses the event.' },
  EVENT_TOO_DEEP: { kind: 'fail', summary: 'The event is nested deeper than the limit.' },
  EVENT_TOO_LARGE: { kind: 'fail', summary: 'The event is larger than the limit.' },
  EVENT_TOO_MANY_GROUPS: { kind: 'fail', summary: 'The event has more group ids than the limit.' },
  EVENT_TOO_MANY_REQUESTS: { kind: 'fail', summary: 'The event produces more requests than the limit.' },
  EVENT_TYPE_MISSING: { kind: 'fail', summary: 'The event has no `type`.' },
  FIELD_MISSING: { kind: 'fail', summary: 'The event lacks a field that the destination requires.' },
  GROUP_ID_INVALID: { kind: 'fail', summary: 'An item in the list of group ids is neither text nor a whole number.' },
  GROUP_ID_MISSING: { kind: 'fail', summary: 'The destination requires a group id, but the event has none.' },
  ID_NOT_EXACT: {
    kind: 'fail',
    summary: 'An id is a number that JSON cannot carry exactly. Send ids as text.',
  },
  LINE_INVALID: {
    kind: 'fail',
    summary: 'A line of the stream cannot be read, is larger than the limit, or comes before any destinations.',
  },
  MAPPER_ERROR: {
    kind: 'fail',
    summary: 'The destination’s code threw an error on this event. The service’s log has the details.',
  },
  OUTPUT_TOO_LARGE: { kind: 'fail', summary: 'The requests for the event would be larger than the limit.' },
  REF_INVALID: { kind: 'fail', summary: 'The event’s `ref` is larger than the limit.' },
  STREAM_SHED: {
    kind: 'fail',
    summary: 'The service is overloaded and ended the stream. Send the events that have no result again.',
  },
  STREAM_STALLED: {
    kind: 'fail',
    summary: 'The client stopped sending and reading, so the service closed the stream.',
  },
  VALUE_INVALID: { kind: 'fail', summary: 'A field has a value that the destination cannot accept.' },
  VENDOR_REFUSED: { kind: 'fail', summary: 'The vendor refused a call that this event requires first.' },
  VENDOR_THROTTLED: { kind: 'fail', summary: 'The vendor’s rate limit is reached. Try again later.' },
  VENDOR_UNAVAILABLE: { kind: 'fail', summary: 'The vendor did not answer a call that this event requires first.' },
  VENDOR_UNSUITABLE: {
    kind: 'fail',
    summary: 'The vendor does not have the record that the event needs, or has more than one.',
  },
  WITHHELD: {
    kind: 'fail',
    summary: 'The destination requires a field that a policy withholds. The message names the policy.',
  },

  ALREADY_DONE: { kind: 'drop', summary: 'The vendor already has everything in the event.' },
  CONSENT_DENIED: { kind: 'drop', summary: 'The person has refused consent for a category of the destination.' },
  DESTINATION_DISABLED: { kind: 'drop', summary: 'The caller has disabled the destination.' },
  GROUP_NOT_SUPPORTED: { kind: 'drop', summary: 'The vendor takes no group events.' },
  INTEGRATION_OFF: { kind: 'drop', summary: 'The event’s `integrations` turn the destination off.' },
  NOT_A_GROUP_EVENT: { kind: 'drop', summary: 'The event is not a group event.' },
  NOTHING_TO_SEND: { kind: 'drop', summary: 'The event contains nothing that this destination accepts.' },

  CONFIG_FIELD_UNKNOWN: {
    kind: 'warning',
    summary: 'The config has a field that the destination’s schema does not define. The field is ignored.',
  },
  CONFIG_URL_UNSAFE: {
    kind: 'warning',
    summary: 'The config’s URL points to a private host, or is not encrypted.',
  },
  FIELD_MALFORMED: { kind: 'warning', summary: 'A field has the wrong type and is ignored.' },
  FIELD_NOT_CONVERTED: { kind: 'warning', summary: 'A field could not be converted and is left out.' },
  FIELD_NOT_SENT: { kind: 'warning', summary: 'A field has no place in the kind of request that the config selects.' },
  GROUP_NOT_SENT: {
    kind: 'warning',
    summary: 'The request contains neither the group’s id nor any of its traits.',
  },
  INTEGRATIONS_MALFORMED: { kind: 'warning', summary: 'An entry of `integrations` is malformed and is ignored.' },
  MATCH_AMBIGUOUS: {
    kind: 'warning',
    summary: 'The vendor has several matching records. None is used; the rest of the event is sent.',
  },
  NUMBER_NOT_EXACT: {
    kind: 'warning',
    summary: 'A trait is a number beyond 2^53, which JSON cannot carry exactly. The value sent may be rounded.',
  },
  TIME_OF_RECEIPT: { kind: 'warning', summary: 'The event has no readable time. The time of receipt is sent.' },
  TRAIT_AMBIGUOUS: { kind: 'warning', summary: 'Two traits differ only in case. Neither is used.' },
  TRAIT_COLLIDED: { kind: 'warning', summary: 'Two traits map to the same name. The later one is sent.' },
  TRAITS_FROM_CONTEXT: {
    kind: 'warning',
    summary: 'The group’s traits were found in `context.traits`, where the person’s traits belong.',
  },
  TRAIT_NOT_CONVERTED: { kind: 'warning', summary: 'A trait could not be converted and is left out.' },
  WARNINGS_CUT: {
    kind: 'warning',
    summary: 'There are more warnings than the limit. The message says how many were left out.',
  },

  BODY_NOT_JSON: { kind: 'problem', status: 400, summary: 'The body is not JSON.' },
  BODY_TOO_LARGE: { kind: 'problem', status: 413, summary: 'The body is larger than the limit.' },
  BODY_UNREADABLE: { kind: 'problem', status: 400, summary: 'The body ended early or cannot be decoded.' },
  ENCODING_UNSUPPORTED: { kind: 'problem', status: 415, summary: 'The content encoding is not supported.' },
  ENVELOPE_INVALID: { kind: 'problem', status: 400, summary: 'The envelope around the events is invalid.' },
  INTERNAL_ERROR: { kind: 'problem', status: 500, summary: 'The service failed. Its log has the details.' },
  MEDIA_TYPE_UNSUPPORTED: { kind: 'problem', status: 415, summary: 'The content type is not supported.' },
  METHOD_NOT_ALLOWED: { kind: 'problem', status: 405, summary: 'This path does not support the method.' },
  NOT_FOUND: { kind: 'problem', status: 404, summary: 'There is nothing at this path.' },
  SERVICE_OVERLOADED: {
    kind: 'problem',
    status: 503,
    summary: 'The service is overloaded. Try again soon.',
  },
  TIMED_OUT: { kind: 'problem', status: 408, summary: 'The body took longer to arrive than the limit.' },
  TOKEN_INVALID: { kind: 'problem', status: 401, summary: 'The request has no valid token.' },
  TOO_MANY_EVENTS: { kind: 'problem', status: 413, summary: 'The request has more events than the limit.' },
  TOO_MANY_PAIRS: {
    kind: 'problem',
    status: 413,
    summary: 'The request has more pairs of event and destination than the limit.',
  },
  UPSTREAM_UNAVAILABLE: {
    kind: 'problem',
    status: 503,
    summary: 'The upstream transformer gave no usable answer. Try again.',
  },
} as const satisfies Record<string, { kind: string; summary: string; status?: number }>;

type Codes = typeof codes;
type Code = keyof Codes;

/** Which part of an answer carries the code. */
export type Kind = Codes[Code]['kind'];
type CodeOf<K extends Kind> = { [C in Code]: Codes[C]['kind'] extends K ? C : never }[Code];

export type FailCode = CodeOf<'fail'>;
export type DropCode = CodeOf<'drop'>;
export type WarningCode = CodeOf<'warning'>;
export type ProblemCode = CodeOf<'problem'>;

/** The codes of one kind. */
export function codesOf<K extends Kind>(kind: K): CodeOf<K>[] {
  return Object.keys(codes).filter((code): code is CodeOf<K> => codes[code as Code].kind === kind);
}
