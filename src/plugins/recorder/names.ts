export const ROOT = '/pilot/traces'
/** Largest size of one trace as JSON, in bytes. */
export const MAX_TRACE_BYTES = 1_048_576
