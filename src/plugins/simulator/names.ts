export const ROOT = '/pilot/simulator'
/** Cookie that names the controller of this browser. */
export const COOKIE = 'dji-cloud-simulator'
