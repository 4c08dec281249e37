import { PILOT_CODES, SERVER_CODES } from './codes.ts'
import type { BridgeResult } from './normalize.ts'
import type { FlowResponse } from './types.ts'

/** Text keys: what to do about a failed step. */
export type HintKey =
  | 'hint.license_missing'
  | 'hint.license_format'
  | 'hint.license_refused'
  | 'hint.not_verified'
  | 'hint.workspace_uuid'
  | 'hint.module_not_loaded'
  | 'hint.pilot_outdated'
  | 'hint.pilot_error'
  | 'hint.gateway_unknown'
  | 'hint.mqtt_waiting'
  | 'hint.mqtt_address'
  | 'hint.ws_waiting'
  | 'hint.server_unreachable'
  | 'hint.server_refused'
  | 'hint.broker_unavailable'
  | 'hint.other_workspace'
  | 'hint.device_in_use'
  | 'hint.session_ended'

/** The hint for a failed step, chosen by Pilot's answer (facts B2, B3, F). */
export function hintFor(action: string, answer: BridgeResult): HintKey {
  if (answer.fault === 'no_method') return 'hint.pilot_outdated'
  if (answer.fault !== null) return 'hint.pilot_error'
  if (/bad base-?64/i.test(answer.message ?? '')) return 'hint.license_format'
  if (answer.code === PILOT_CODES.WORKSPACE_NOT_UUID) return 'hint.workspace_uuid'
  if (answer.code === PILOT_CODES.THING_NOT_LOADED) return 'hint.module_not_loaded'
  if (action === 'verify') return 'hint.license_refused'
  return action === 'check' ? 'hint.not_verified' : 'hint.pilot_error'
}

export function hintForServer({ status, code }: FlowResponse): HintKey {
  if (code === SERVER_CODES.BROKER_UNAVAILABLE) return 'hint.broker_unavailable'
  if (code === SERVER_CODES.OTHER_WORKSPACE) return 'hint.other_workspace'
  if (code === SERVER_CODES.DEVICE_IN_USE) return 'hint.device_in_use'
  if (status === 401) return 'hint.session_ended'
  return status === 0 || status >= 500 ? 'hint.server_unreachable' : 'hint.server_refused'
}
