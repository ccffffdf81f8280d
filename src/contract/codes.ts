/**
 * The one table of codes that results, warnings and problems carry. A code is stable; its message may be reworded.
 * `status` is set only for problems, the errors of a whole HTTP request.
 */
export const codes = {
  ANSWERS_STALE: { kind: 'fail', summary: 'Answers of a vendor were given that nothing asks for any more.' },
  ANSWER_INVALID: {
    kind: 'fail',
    summary: 'What was given as the answer of a vendor is none, or is larger than the limit.',
  },
  CONFIG_INVALID: { kind: 'fail', summary: 'The config does not satisfy the destination’s schema.' },
  DELIVERY_INVALID: {
    kind: 'fail',
    summary: 'The token that the destination is delivered with is missing, or is none that can be used.',
  },
  DELIVERY_REFUSED: { kind: 'fail', summary: 'The vendor refused the token that the destination is delivered with.' },
  DESTINATION_UNKNOWN: { kind: 'fail', summary: 'No destination has this name or alias.' },
  DIALOGUE_NEEDED: { kind: 'fail', summary: 'The vendor must be asked first, which the caller does not allow.' },
  DIALOGUE_TOO_LONG: { kind: 'fail', summary: 'The dialogue with the vendor has more steps than the limit.' },
  EVENT_INVALID: {
    kind: 'fail',
    summary: 'The event is not a JSON object, or contains a number too large to represent.',
  },
  EVENT_KEY_TOO_LONG: { kind: 'fail', summary: 'A key of the event is longer than the limit.' },
  EVENT_REFUSED: { kind: 'fail', summary: 'A rule of the destination refuses the event.' },
  EVENT_TOO_DEEP: { kind: 'fail', summary: 'The event is nested deeper than the limit.' },
  EVENT_TOO_LARGE: { kind: 'fail', summary: 'The event is larger than the limit.' },
  EVENT_TOO_MANY_GROUPS: { kind: 'fail', summary: 'The event is about more groups than the limit.' },
  EVENT_TOO_MANY_REQUESTS: { kind: 'fail', summary: 'The event makes more requests than the limit.' },
  EVENT_TYPE_MISSING: { kind: 'fail', summary: 'The event does not say of which type it is.' },
  FIELD_MISSING: { kind: 'fail', summary: 'The event lacks a field that the destination requires.' },
  GROUP_ID_INVALID: { kind: 'fail', summary: 'One id of a list of group ids is neither text nor a whole number.' },
  GROUP_ID_MISSING: { kind: 'fail', summary: 'The destination requires a group id and the event has none.' },
  ID_NOT_EXACT: {
    kind: 'fail',
    summary: 'An id is a number that JSON cannot carry exactly, so its digits may be lost.',
  },
  LINE_INVALID: {
    kind: 'fail',
    summary: 'A line of a stream cannot be read, is larger than the limit, or has no destinations to go to.',
  },
  MAPPER_ERROR: {
    kind: 'fail',
    summary: 'The destination’s code failed on this event; the service’s log has the details.',
  },
  OUTPUT_TOO_LARGE: { kind: 'fail', summary: 'The requests for the event would be larger than the limit.' },
  REF_INVALID: { kind: 'fail', summary: 'The reference sent along with the event is larger than the limit.' },
  STREAM_SHED: {
    kind: 'fail',
    summary: 'The service has as much to do as it can, so the stream was ended; send what has no result again soon.',
  },
  STREAM_STALLED: { kind: 'fail', summary: 'The client neither sent nor read anything, so the stream was closed.' },
  VALUE_INVALID: { kind: 'fail', summary: 'A field is there, but not in a form that the destination can be sent.' },
  VENDOR_REFUSED: { kind: 'fail', summary: 'The vendor refused a call that had to come first.' },
  VENDOR_THROTTLED: { kind: 'fail', summary: 'The vendor takes no more calls for now.' },
  VENDOR_UNAVAILABLE: { kind: 'fail', summary: 'The vendor did not answer a call that had to come first.' },
  VENDOR_UNSUITABLE: {
    kind: 'fail',
    summary: 'The vendor lacks what the event needs there, or has more than one of it.',
  },

  ALREADY_DONE: { kind: 'drop', summary: 'The vendor has all that the event says.' },
  CONSENT_DENIED: { kind: 'drop', summary: 'The person has refused consent for a category of the destination.' },
  DESTINATION_DISABLED: { kind: 'drop', summary: 'The caller has disabled the destination.' },
  GROUP_NOT_SUPPORTED: { kind: 'drop', summary: 'The vendor takes no group events.' },
  INTEGRATION_OFF: { kind: 'drop', summary: 'The event’s integrations turn the destination off.' },
  NOT_A_GROUP_EVENT: { kind: 'drop', summary: 'The event is of another type than group.' },
  NOTHING_TO_SEND: { kind: 'drop', summary: 'The event has nothing that this destination would be sent.' },

  CONFIG_FIELD_UNKNOWN: {
    kind: 'warning',
    summary: 'The config has a field that the destination’s schema does not have, and which is ignored.',
  },
  CONFIG_URL_UNSAFE: {
    kind: 'warning',
    summary: 'The URL of the config leads to a private host, or is not encrypted.',
  },
  FIELD_MALFORMED: { kind: 'warning', summary: 'A field is of another kind than it should be and is ignored.' },
  FIELD_NOT_CONVERTED: { kind: 'warning', summary: 'A field could not be converted and is left out.' },
  FIELD_NOT_SENT: { kind: 'warning', summary: 'The request that the config asks for has no place for a field.' },
  GROUP_NOT_SENT: {
    kind: 'warning',
    summary: 'What is sent has neither the id of the group nor any of its traits.',
  },
  INTEGRATIONS_MALFORMED: { kind: 'warning', summary: 'An entry of integrations is not usable and is ignored.' },
  MATCH_AMBIGUOUS: {
    kind: 'warning',
    summary: 'The vendor has several of what the event means, so none is used and what does not depend on it is sent.',
  },
  NUMBER_NOT_EXACT: {
    kind: 'warning',
    summary: 'A trait is a number beyond 2^53, which JSON cannot carry exactly; what is sent may be rounded.',
  },
  TIME_OF_RECEIPT: { kind: 'warning', summary: 'The event has no time that can be read; the time of receipt is sent.' },
  TRAIT_AMBIGUOUS: { kind: 'warning', summary: 'Two traits differ only in case, so neither is used.' },
  TRAIT_COLLIDED: { kind: 'warning', summary: 'Two traits end up under one name; the later one is sent.' },
  TRAITS_FROM_CONTEXT: { kind: 'warning', summary: 'The group’s traits were read where the person’s would be.' },
  TRAIT_NOT_CONVERTED: { kind: 'warning', summary: 'A trait could not be converted and is left out.' },
  WARNINGS_CUT: { kind: 'warning', summary: 'There are more warnings than are told; the message says how many.' },

  BODY_NOT_JSON: { kind: 'problem', status: 400, summary: 'The body is not JSON.' },
  BODY_TOO_LARGE: { kind: 'problem', status: 413, summary: 'The body is larger than the limit.' },
  BODY_UNREADABLE: { kind: 'problem', status: 400, summary: 'The body ended early or cannot be decoded.' },
  ENCODING_UNSUPPORTED: { kind: 'problem', status: 415, summary: 'The content encoding is not supported.' },
  ENVELOPE_INVALID: { kind: 'problem', status: 400, summary: 'The envelope around the events is not valid.' },
  INTERNAL_ERROR: { kind: 'problem', status: 500, summary: 'The service failed; its log has the details.' },
  MEDIA_TYPE_UNSUPPORTED: { kind: 'problem', status: 415, summary: 'The content type is not application/json.' },
  METHOD_NOT_ALLOWED: { kind: 'problem', status: 405, summary: 'The path does not answer this method.' },
  NOT_FOUND: { kind: 'problem', status: 404, summary: 'Nothing is found under this path.' },
  SERVICE_OVERLOADED: {
    kind: 'problem',
    status: 503,
    summary: 'The service has as much to do as it can; try again soon.',
  },
  TIMED_OUT: { kind: 'problem', status: 408, summary: 'The body took longer to arrive than the limit.' },
  TOKEN_INVALID: { kind: 'problem', status: 401, summary: 'The request brings no token that the service knows.' },
  TOO_MANY_EVENTS: { kind: 'problem', status: 413, summary: 'The request has more events than the limit.' },
  TOO_MANY_PAIRS: {
    kind: 'problem',
    status: 413,
    summary: 'The request has more pairs of an event and a destination than the limit.',
  },
  UPSTREAM_UNAVAILABLE: {
    kind: 'problem',
    status: 503,
    summary: 'The transformer that other traffic is passed to gave no usable answer; try again.',
  },
} as const satisfies Record<string, { kind: string; summary: string; status?: number }>;

type Codes = typeof codes;
type Code = keyof Codes;

/** What carries a code. */
export type Kind = Codes[Code]['kind'];
type CodeOf<K extends Kind> = { [C in Code]: Codes[C]['kind'] extends K ? C : never }[Code];

export type FailCode = CodeOf<'fail'>;
export type DropCode = CodeOf<'drop'>;
export type WarningCode = CodeOf<'warning'>;
export type ProblemCode = CodeOf<'problem'>;

/** The codes of a kind. */
export function codesOf<K extends Kind>(kind: K): CodeOf<K>[] {
  return Object.keys(codes).filter((code): code is CodeOf<K> => codes[code as Code].kind === kind);
}
