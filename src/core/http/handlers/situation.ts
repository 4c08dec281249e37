import { z } from 'zod'
import { modelOfKey } from '../../devices/models.ts'
import type { AircraftView, GatewayView } from '../../devices/records.ts'
import { deviceSummary } from '../../devices/summary.ts'
import type { AircraftSummary, DeviceSummary, Situation } from '../../pages/situation.ts'
import { reach } from '../../promises.ts'
import { serialNumber, validate } from '../body.ts'
import { guarded, type Route } from '../routes.ts'
import { success } from '../wire.ts'
import type { Services } from './services.ts'

/** The screen of a controller does not show more. */
const MOST_OTHERS = 24

const query = z.object({ gateway_sn: serialNumber.optional() })

/**
 * Any user of a workspace gets the same data from `devices/topologies` and the WebSocket, except batteries and link.
 */
export function situationRoutes(services: Services): Route[] {
  const { fleet, devices, callsigns, clock } = services

  return [
    guarded('GET', '/pilot/situation', null, async ({ session, request }) => {
      const { gateway_sn } = validate(query, Object.fromEntries(request.query))
      const { workspaceId } = session
      const all = fleet.list(workspaceId)
      const own = all.find(({ serial }) => serial === gateway_sn)
      const rest = all.filter((gateway) => gateway !== own)
      const flying = rest.flatMap((gateway) =>
        gateway.aircraft.filter(({ online }) => online).map((aircraft) => [gateway, aircraft] as const),
      )
      const shown = flying.sort(([, a], [, b]) => nameOf(a).localeCompare(nameOf(b))).slice(0, MOST_OTHERS)
      const sessions = [...shown.map(([gateway]) => gateway), ...(own === undefined ? [] : [own])]
      const names = await callsigns(sessions.map(({ sessionId }) => sessionId))
      const summaryOf = (gateway: GatewayView, aircraft: AircraftView): AircraftSummary => ({
        ...deviceSummary(aircraft, stateOf(aircraft.serial, workspaceId)),
        gateway_sn: gateway.serial,
        pilot: names.get(gateway.sessionId) ?? '',
      })
      const situation: Situation = {
        now: clock.now(),
        controller:
          own !== undefined
            ? deviceSummary(own, stateOf(own.serial, workspaceId))
            : gateway_sn === undefined
              ? null
              : await recorded(gateway_sn, workspaceId),
        aircraft: (own?.aircraft ?? []).map((aircraft) => summaryOf(own as GatewayView, aircraft)),
        others: shown.map(([gateway, aircraft]) => summaryOf(gateway, aircraft)),
        others_total: flying.length,
      }
      return success(situation)
    }),
  ]

  /** A device may have been released and claimed by another workspace since its report. */
  function stateOf(serial: string, workspaceId: string) {
    const state = fleet.getState(serial)
    return state?.workspaceId === workspaceId ? state : null
  }

  /** Used for a controller that was not seen since the start. */
  async function recorded(serial: string, workspaceId: string): Promise<DeviceSummary | null> {
    const record = await reach(devices.get(serial))
    if (record?.workspaceId !== workspaceId) return null
    const { nickname, model, lastSeenAt } = record
    return deviceSummary({ serial, nickname, model: modelOfKey(model), online: false, lastSeenAt }, null)
  }
}

const nameOf = ({ nickname, model, serial }: AircraftView): string => nickname ?? model.name ?? serial
