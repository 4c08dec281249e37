import { type Clock, createSealer, type PluginStore } from '../../plugin.ts'
import { hashOf, newDeviceCode, newUserCode, type Random, sameHash } from './codes.ts'
import {
  type AccessRequest,
  type AskingController,
  type Claim,
  type Decision,
  deciderOf,
  type Grant,
  parseDecision,
  readClaim,
  readGrant,
  readPace,
  readRequest,
  writeDecision,
} from './records.ts'
import { type Approval, PICK_UP_MS, paced, pollResult, type Standing, standingFor } from './standing.ts'

/** How long a phone that comes late still hears what happened. No new request gets the same code meanwhile. */
const REMEMBERED_MS = 10 * 60_000
/** There are 25 billion codes and few are in use, so a second try is rare already. */
const TRIES = 5

/** What the controller's page gets. Both secrets are in no address. */
export interface NewGrant {
  readonly deviceCode: string
  readonly userCode: string
  /** ms since the epoch */
  readonly expiresAt: number
}

/** A request as a phone finds it. */
export interface FoundRequest extends AccessRequest {
  readonly userCode: string
  /** For this user. */
  readonly standing: Standing
}

/** The answer to a controller's page that asks. `opened`: a phone has the request open. Null: there is no such grant for this browser. */
export type Polled =
  | { readonly status: 'access_denied' | 'expired_token' }
  | { readonly status: 'authorization_pending'; readonly opened: boolean }
  | { readonly status: 'slow_down'; readonly intervalMs: number }
  | {
      readonly status: 'approved'
      readonly by: Approval
      /** Makes the grant usable again, because the session could not be opened. */
      restore(): Promise<void>
    }
  | null

export interface Grants {
  /** @param browserKey a secret of the page that asks: without it, the device code opens nothing */
  create(asking: AskingController, browserKey: string): Promise<NewGrant>
  /** Null: no request has this code. */
  find(userCode: string, userId: string): Promise<FoundRequest | null>
  /** Keeps the request for the first user who may open it. */
  claim(request: FoundRequest, userId: string): Promise<FoundRequest>
  /**
   * Exactly one phone on all nodes decides, and only about a request that is open for it.
   * @returns how the request stands for this user now; `decides`: this call has decided
   */
  decide(
    request: FoundRequest,
    decision: Decision,
  ): Promise<{ readonly standing: Standing; readonly decides: boolean }>
  poll(deviceCode: string, browserKey: string): Promise<Polled>
}

export interface GrantParts {
  readonly store: PluginStore
  /** The keys for decisions, the newest first. */
  readonly keys: readonly Uint8Array[]
  readonly clock: Clock
  readonly random: Random
  readonly ttlMs: number
}

/** The requests that are under way, on all nodes. Every method rejects with STORE_UNAVAILABLE while the shared store is down. */
export function createGrants({ store, keys, clock, random, ttlMs }: GrantParts): Grants {
  const kept = ttlMs + REMEMBERED_MS
  // Write access to the shared store must log nobody in, and the data of a login may be secret.
  const sealer = createSealer(keys)

  async function decisionOn(deviceHash: string): Promise<Decision | null> {
    const sealed = await store.get(`decision:${deviceHash}`)
    const text = typeof sealed === 'string' ? sealer.open(sealed) : null
    return text === null ? null : parseDecision(text, deviceHash)
  }

  const claimOn = async (deviceHash: string): Promise<Claim | null> =>
    readClaim(await store.get(`claim:${deviceHash}`))

  async function standing(request: AccessRequest, userId: string): Promise<Standing> {
    const { deviceHash } = request
    const [claim, decision] = await Promise.all([claimOn(deviceHash), decisionOn(deviceHash)])
    return standingFor(userId, request, claim, decision, clock.now())
  }

  /** Only the hash of the device code is stored, so that the store opens nothing. */
  async function grantOf(deviceHash: string, browserKey: string): Promise<Grant | null> {
    const grant = readGrant(await store.get(`grant:${deviceHash}`))
    return grant !== null && sameHash(grant.keyHash, hashOf(browserKey)) ? grant : null
  }

  return {
    async create(asking, browserKey) {
      const deviceCode = newDeviceCode(random)
      const deviceHash = hashOf(deviceCode)
      const askedAt = clock.now()
      const expiresAt = askedAt + ttlMs
      for (let tries = 0; tries < TRIES; tries += 1) {
        const userCode = newUserCode(random)
        const request: AccessRequest = { deviceHash, askedAt, expiresAt, asking }
        if (!(await store.putNew(`code:${userCode}`, request, kept))) continue
        const grant: Grant = { userCode, keyHash: hashOf(browserKey), expiresAt }
        await store.put(`grant:${deviceHash}`, grant, ttlMs + PICK_UP_MS)
        return { deviceCode, userCode, expiresAt }
      }
      throw new Error(`No free code was found in ${TRIES} tries.`)
    },

    async find(userCode, userId) {
      const request = readRequest(await store.get(`code:${userCode}`))
      return request === null ? null : { ...request, userCode, standing: await standing(request, userId) }
    },

    async claim(request, userId) {
      await store.putNew(`claim:${request.deviceHash}`, { userId } satisfies Claim, kept)
      return { ...request, standing: await standing(request, userId) }
    },

    async decide(request, decision) {
      const { deviceHash } = request
      if (request.standing !== 'open') return { standing: request.standing, decides: false }
      const sealed = sealer.seal(writeDecision(decision, deviceHash))
      const decides = await store.putNew(`decision:${deviceHash}`, sealed, kept)
      return { standing: await standing(request, deciderOf(decision)), decides }
    },

    async poll(deviceCode, browserKey) {
      const deviceHash = hashOf(deviceCode)
      const grant = await grantOf(deviceHash, browserKey)
      if (grant === null) return null
      const now = clock.now()
      const [decision, claim] = await Promise.all([decisionOn(deviceHash), claimOn(deviceHash)])
      const result = pollResult(grant.expiresAt, decision, now)
      if (result.status === 'authorization_pending') {
        const { pace, tooFast } = paced(readPace(await store.get(`pace:${deviceHash}`)), now)
        await store.put(`pace:${deviceHash}`, pace, ttlMs)
        return tooFast
          ? { status: 'slow_down', intervalMs: pace.intervalMs }
          : { status: 'authorization_pending', opened: claim !== null }
      }
      if (result.status !== 'approved') return { status: result.status }
      // Two requests with the same code arrive at once: one of them takes the grant, and there is one session.
      const taken = readGrant(await store.take(`grant:${deviceHash}`))
      if (taken === null) return null
      return {
        ...result,
        restore: () => store.put(`grant:${deviceHash}`, taken, PICK_UP_MS),
      }
    },
  }
}
