export const ROOT = '/pilot/simulator'
/** Which controller this browser shows. */
export const COOKIE = 'dji-cloud-simulator'
