import { challengeIn } from './challenge.ts'
import { createBridge } from './client.ts'
import { createMemory } from './memory.ts'
import { createPauses, type Pauses } from './pauses.ts'
import { createServer, numberIn, succeeded, textIn } from './server.ts'
import { createTokenKeeper } from './token.ts'
import type {
  FlowEnvironment,
  FlowResponse,
  LoginInput,
  LoginResult,
  OpenChallenge,
  TokenStatus,
} from './types.ts'

const BRIDGE_EVERY_MS = 200
const BRIDGE_FOR_MS = 5_000

/** The token part of the flow. The login page needs only this, and loads half the bytes of the whole flow. */
export type AuthClient = ReturnType<typeof createAuthClient>

type AccessEnvironment = Pick<
  FlowEnvironment,
  'bridge' | 'isDjiPilot' | 'http' | 'storage' | 'timers' | 'urls' | 'randomKey'
>

/**
 * The token half of the flow: finds the token of Pilot or of the storage, checks and refreshes it, and logs in.
 */
export function createAuthClient(env: AccessEnvironment, pauses: Pauses = createPauses(env.timers)) {
  const bridge = createBridge(env.bridge)
  const server = createServer(env)
  const memory = createMemory(env.storage)
  const keeper = createTokenKeeper(bridge, server, memory, env.timers)

  /** Waits for the bridge, because Pilot may inject it late. Resolves when it is there, or when the wait is over. */
  const findBridge = async (): Promise<boolean> =>
    env.isDjiPilot ? pauses.until(bridge.present, BRIDGE_EVERY_MS, BRIDGE_FOR_MS) : bridge.present()

  return {
    bridge,
    server,
    memory,
    keeper,
    pauses,
    findBridge,
    /** Takes the token from Pilot (apiGetToken) or from storage, lets the server check it, and refreshes it if needed. */
    async resolveToken(): Promise<TokenStatus> {
      await findBridge()
      return keeper.resolve()
    },
    /** @param fields more than name and password, where the platform asks for more */
    async login(username: string, password: string, fields?: LoginInput['fields']): Promise<LoginResult> {
      const pageKey = env.randomKey === undefined ? null : env.randomKey()
      const answer = adopted(await server.login({ username, password, fields, pageKey }), username)
      return { ...answer, challenge: challengeIn(answer, { username, pageKey }, env.timers.now()) }
    },
    /** The second step of a login: sends the code. */
    answerChallenge: async (challenge: OpenChallenge, code: string): Promise<FlowResponse> =>
      adopted(await server.answerChallenge(challenge, code), challenge.username),
    /** The user goes back: the server takes no code for this login any more. */
    cancelChallenge: (challenge: OpenChallenge): Promise<FlowResponse> => server.cancelChallenge(challenge),
    /** Logs in the user whom the host knows by its cookie. @param userId whom the page has shown */
    continueAs: async (userId: string): Promise<FlowResponse> => adopted(await server.continueAs(userId)),
  }

  function adopted(answer: FlowResponse, username: string | null = null): FlowResponse {
    const token = textIn(answer, 'access_token')
    // The modules in Pilot still belong to the previous session. The plan sees this in its record and loads them again.
    if (succeeded(answer) && token !== null) keeper.adopt(token, numberIn(answer, 'expires_at'))
    if (succeeded(answer) && username !== null) memory.keepUsername(username)
    return answer
  }
}
