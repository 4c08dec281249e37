import type { PageFindingId } from '../../core/findings/page-table.ts'
import type { HintKey } from '../hints.ts'
import type { FlowStep } from '../types.ts'

/** The finding that a failed or waiting step with this hint is. Null: time decides (symptoms), or the login page tells it. */
export const FINDING_OF_HINT: Readonly<Record<HintKey, PageFindingId | null>> = {
  'hint.license_missing': 'license-missing',
  'hint.license_format': 'license-malformed',
  'hint.license_refused': 'license',
  'hint.not_verified': 'license',
  'hint.workspace_uuid': 'workspace-id',
  'hint.module_not_loaded': 'thing-not-loaded',
  'hint.pilot_outdated': 'pilot-outdated',
  'hint.pilot_error': 'pilot-refused',
  'hint.gateway_unknown': 'no-serial',
  'hint.mqtt_waiting': null,
  'hint.mqtt_address': null,
  'hint.ws_waiting': 'ws-down',
  'hint.server_unreachable': 'server-unreachable',
  'hint.server_refused': 'server-refused',
  'hint.broker_unavailable': 'mqtt-none',
  'hint.other_workspace': 'other-workspace',
  'hint.device_in_use': 'device-in-use',
  'hint.session_ended': null,
}

/** Modules without which there is no connection. */
const NEEDED = ['load:api', 'load:thing']

/** The finding that the last result of a step is; null: none. */
export function findingOfStep({ id, status, hint }: FlowStep): PageFindingId | null {
  if (status !== 'failed' && status !== 'waiting') return null
  if (id === 'page') return 'old-engine'
  // A refused unload does no harm, and symptoms of their own tell about the other two.
  if (id === 'live' || id === 'reconnect' || id.indexOf('unload:') === 0) return null
  if (id.indexOf('load:') === 0 && NEEDED.indexOf(id) < 0 && status === 'failed') return 'module-failed'
  if (hint !== null && hint in FINDING_OF_HINT) return FINDING_OF_HINT[hint as HintKey]
  if (status === 'failed') return id === 'verify' || id === 'check' ? 'license' : 'pilot-refused'
  return null
}
