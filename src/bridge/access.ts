import { createBridge } from './client.ts'
import { createMemory } from './memory.ts'
import { createPauses, type Pauses } from './pauses.ts'
import { createServer, numberIn, succeeded, textIn } from './server.ts'
import { createTokenKeeper } from './token.ts'
import type { FlowEnvironment, FlowResponse, TokenSituation } from './types.ts'

const BRIDGE_EVERY_MS = 200
const BRIDGE_FOR_MS = 5_000

/** The token half of the flow: all that a login page needs, at half its weight. */
export type Access = ReturnType<typeof createAccess>

type AccessEnvironment = Pick<
  FlowEnvironment,
  'bridge' | 'insidePilot' | 'http' | 'storage' | 'timers' | 'urls'
>

export function createAccess(env: AccessEnvironment, pauses: Pauses = createPauses(env.timers)) {
  const bridge = createBridge(env.bridge)
  const server = createServer(env)
  const memory = createMemory(env.storage)
  const keeper = createTokenKeeper(bridge, server, memory, env.timers)

  /** Pilot may inject the bridge late; resolves when it is there or not to be expected. */
  const findBridge = async (): Promise<boolean> =>
    env.insidePilot ? pauses.until(bridge.present, BRIDGE_EVERY_MS, BRIDGE_FOR_MS) : bridge.present()

  return {
    bridge,
    server,
    memory,
    keeper,
    pauses,
    findBridge,
    /** The token of Pilot (apiGetToken) or of the storage, checked by the server and refreshed where needed. */
    async resolveToken(): Promise<TokenSituation> {
      await findBridge()
      return keeper.resolve()
    },
    async login(username: string, password: string): Promise<FlowResponse> {
      const answer = await server.login(username, password)
      const token = textIn(answer, 'access_token')
      if (succeeded(answer) && token !== null) {
        // Pilot's side still belongs to the session before: the plan sees that by its record and sets it up anew.
        keeper.adopt(token, numberIn(answer, 'expires_at'))
        memory.keepUsername(username)
      }
      return answer
    },
  }
}
