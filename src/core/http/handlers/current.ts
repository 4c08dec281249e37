import { z } from 'zod'
import { isLimit } from '../../devices/holdings.ts'
import { DjiCloudError } from '../../errors.ts'
import { API_PATH } from '../../pages/urls.ts'
import { isUsable } from '../../ports/broker.ts'
import type { Session } from '../../ports/index.ts'
import { reach } from '../../promises.ts'
import { serialNumber } from '../body.ts'
import { createClaims } from '../claim.ts'
import { guarded, type Route } from '../routes.ts'
import { success } from '../wire.ts'
import { FLAG_OF_ROLE, mqttAddress, mqttFields, type Services } from './services.ts'

const credentialsInput = z.object({
  gateway_sn: serialNumber,
  aircraft_sn: serialNumber.nullish().or(z.literal('')),
})

/** Who am I, where am I, and how do I reach the broker. */
export function currentRoutes(services: Services): Route[] {
  const { options, sessions, credentials, devices, live, broker } = services
  const claims = createClaims(services)
  return [
    guarded('GET', `${API_PATH}/users/current`, null, async ({ session, request }) => {
      const user = await sessions.userOf(session)
      return success({
        user_id: user.id,
        username: user.username,
        user_type: FLAG_OF_ROLE[user.role],
        workspace_id: user.workspace.id,
        ...(await mqttFields(services, session, request)),
      })
    }),

    guarded('GET', `${API_PATH}/workspaces/current`, null, async ({ session }) => {
      const { workspace } = await sessions.userOf(session)
      return success({
        id: workspace.id,
        workspace_id: workspace.id,
        workspace_name: workspace.name,
        workspace_desc: workspace.description,
        platform_name: options.platformName,
        bind_code: '',
      })
    }),

    guarded(
      'POST',
      `${API_PATH}/mqtt/credentials`,
      credentialsInput,
      async ({ session, body, request }) => {
        if (!isUsable(broker.health()))
          throw new DjiCloudError('BROKER_UNAVAILABLE', { headers: { 'retry-after': '5' } })
        const serial = body.gateway_sn
        const before = await claims.claim({ serial, session, request, field: 'gateway_sn' })
        await claims.mayConnect({ serial, field: 'gateway_sn' })
        if (before === null) claims.tell('device.bound', { serial, session, request })
        const aircraft = await ownAircraft(body.aircraft_sn, session)
        const issued = await credentials.issue(session, serial, aircraft)
        if (issued === null) throw new DjiCloudError('BROKER_UNAVAILABLE')
        return success({
          host: mqttAddress(services, request),
          username: issued.username,
          password: issued.password,
          client_id: issued.clientId,
          expires_at: issued.expiresAt,
        })
      },
      { roles: ['pilot'] },
    ),
  ]

  /** The aircraft that the page saw, for brokers that cannot be told of it later. What is another workspace's, in use by another user, or one too many is left out. */
  async function ownAircraft(
    serial: string | null | undefined,
    { workspaceId, userId }: Session,
  ): Promise<string[]> {
    if (broker.capabilities.dynamicAcl || serial === null || serial === undefined || serial === '') return []
    const holder = await reach(devices.claim(serial, workspaceId, userId)).catch((error: unknown) => {
      if (isLimit(error)) return null
      throw error
    })
    return holder === workspaceId && !live.inUse(serial, userId) ? [serial] : []
  }
}
