import type { MqttCredentials } from '../core/pages/page-data.ts'
import type { FlowContext } from './context.ts'
import { hintForServer } from './hints.ts'
import { numberIn, succeeded, textIn } from './server.ts'
import type { FlowResponse, FlowStep } from './types.ts'

export type Issued = { readonly credentials: MqttCredentials } | { readonly failed: FlowStep }

/**
 * MQTT credentials for this controller. If Pilot does not know the serial number yet (facts F9), these are the user's
 * credentials, and the server binds them to the first gateway that uses them.
 */
export async function issueCredentials({
  here,
  keeper,
  server,
  state,
  update,
  report,
}: FlowContext): Promise<Issued> {
  report('credentials', 'running')
  const { gateway, aircraft } = state()
  const answer = await keeper.authorized((token) =>
    gateway === null ? server.currentUser(token) : server.credentials(token, gateway, aircraft),
  )
  const issued = succeeded(answer) ? (gateway === null ? ofUser(answer) : ofGateway(answer)) : null
  if (issued !== null) {
    const credentials = { ...issued, host: here.mqtt(issued.host) }
    // Show the address: a wrong address is the most common reason for no connection (facts F3).
    update({ mqttHost: credentials.host })
    report('credentials', 'ok', { message: credentials.host })
    return { credentials }
  }
  const said = { code: answer.code === 0 ? answer.status : answer.code, message: answer.message }
  return { failed: report('credentials', 'failed', { ...said, hint: hintForServer(answer) }) }
}

const ofGateway = (answer: FlowResponse): MqttCredentials | null =>
  read(answer, 'host', 'username', 'password')
const ofUser = (answer: FlowResponse): MqttCredentials | null =>
  read(answer, 'mqtt_addr', 'mqtt_username', 'mqtt_password')

function read(
  answer: FlowResponse,
  hostField: string,
  usernameField: string,
  passwordField: string,
): MqttCredentials | null {
  const host = textIn(answer, hostField)
  const username = textIn(answer, usernameField)
  const password = textIn(answer, passwordField)
  if (host === null || username === null || password === null) return null
  return { host, username, password, expires_at: numberIn(answer, 'expires_at') ?? 0 }
}
