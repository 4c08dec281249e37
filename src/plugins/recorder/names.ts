export const ROOT = '/pilot/traces'
/** Of one trace, as JSON. */
export const MAX_TRACE_BYTES = 1_048_576
