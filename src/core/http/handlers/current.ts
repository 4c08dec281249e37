import { z } from 'zod'
import { FLAG_OF_ROLE } from '../../access/account-flag.ts'
import { API_PATH } from '../../pages/urls.ts'
import { serialNumber } from '../body.ts'
import { createGatewayCredentials } from '../gateway-credentials.ts'
import { guarded, type Route } from '../routes.ts'
import { success } from '../wire.ts'
import { mqttAddress, mqttFields, type Services } from './services.ts'

const credentialsInput = z.object({
  gateway_sn: serialNumber,
  aircraft_sn: serialNumber.nullish().or(z.literal('')),
})

/** The user, the workspace, and the address of the broker. */
export function currentRoutes(services: Services): Route[] {
  const { options, sessions } = services
  const gateways = createGatewayCredentials(services)
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
        const serial = body.gateway_sn
        const owner = { ...session, address: request.address }
        const aircraft = await gateways.hold(owner, serial, {
          field: 'gateway_sn',
          aircraft: body.aircraft_sn,
        })
        const issued = await gateways.issue(session, serial, aircraft)
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
}
