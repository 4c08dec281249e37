import { type Clock, isSameSecret } from '../../plugin.ts'
import { hashOf, newDeviceCode, newId, newUserCode, type Random } from './codes.ts'
import { PICK_UP_MS } from './lifetime.ts'
import { createPickUp, type Doors } from './pick-up.ts'
import type { AccessRequest, AskingController, Decision, Grant, Opening, Shelves } from './records.ts'
import { finalOf, paced, pollStatus, type Standing, standingFor } from './standing.ts'

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
  /** This user was the first to open it. */
  readonly isClaimed: boolean
}

/** The answer to a controller's page that asks. `opened`: a phone has the request open. Null: there is no such grant for this browser. */
export type Polled =
  | { readonly status: 'access_denied' | 'expired_token' }
  | { readonly status: 'authorization_pending'; readonly opened: boolean; readonly expiresInMs: number }
  | { readonly status: 'slow_down'; readonly intervalMs: number }
  | {
      readonly status: 'approved'
      readonly approval: Decision
      readonly opening: Opening
      /** False: the page asks again for what it was given. */
      readonly isFirst: boolean
    }
  | null

export interface Grants {
  /** @param browserKey a secret of the page that asks: without it, the device code opens nothing */
  create(asking: AskingController, browserKey: string): Promise<NewGrant>
  /** Null: no request has this code. */
  find(userCode: string, userId: string): Promise<FoundRequest | null>
  /** Keeps the request for the first user who opens it. */
  claim(request: FoundRequest, userId: string): Promise<FoundRequest>
  /** Leaves the request to others, because this user may not approve it. */
  release(request: FoundRequest): Promise<void>
  /**
   * Exactly one user on all nodes decides, and only about a request that is open for that user. The same decision again changes
   * nothing. A denial after the own approval counts, and ends the session that was opened by it.
   * @returns how the request stands for this user now
   */
  decide(request: FoundRequest, decision: Decision, doors: Pick<Doors, 'close'>): Promise<Standing>
  poll(deviceCode: string, browserKey: string, doors: Doors): Promise<Polled>
}

export interface GrantParts {
  readonly shelves: Shelves
  readonly clock: Clock
  readonly random: Random
  readonly ttlMs: number
  /** How long a phone that comes late still hears what happened. No new request gets the same code meanwhile. */
  readonly keptMs: number
  /** Is called for each decision that is known to stand, more than once for the same one. */
  readonly tell: (decision: Decision) => Promise<void>
}

/** The requests that are under way, on all nodes. Every method rejects with STORE_UNAVAILABLE while the shared store is down. */
export function createGrants({ shelves, clock, random, ttlMs, keptMs, tell }: GrantParts): Grants {
  const { requests, grants, claims, decisions, withdrawals, openings, paces } = shelves
  const pickUp = createPickUp({ shelves, clock, keptMs })

  async function decided(id: string): Promise<{ all: Decision[]; final: Decision | null }> {
    const [decision, withdrawal] = await Promise.all([decisions.get(id), withdrawals.get(id)])
    const final = finalOf(decision, withdrawal)
    return { all: [decision, final].filter((one) => one !== null), final }
  }

  async function seen(request: AccessRequest, userCode: string, userId: string): Promise<FoundRequest> {
    const [claim, { final }] = await Promise.all([claims.get(request.id), decided(request.id)])
    const standing = standingFor(userId, request, claim, final, clock.now())
    return { ...request, userCode, standing, isClaimed: claim?.userId === userId }
  }

  /** Without the key of the browser that asked, the device code opens nothing. */
  async function grantOf(deviceCode: string, browserKey: string): Promise<Grant | null> {
    const grant = await grants.get(deviceCode)
    return grant !== null && isSameSecret(grant.keyHash, hashOf(browserKey)) ? grant : null
  }

  async function tellAll(told: readonly Decision[]): Promise<void> {
    for (const decision of new Set(told)) await tell(decision)
  }

  async function pending(grant: Grant, now: number): Promise<Polled> {
    const { id } = grant
    const [claim, before] = await Promise.all([claims.get(id), paces.get(id)])
    const { pace, tooFast } = paced(before, now)
    await paces.put(id, pace, ttlMs)
    if (tooFast) return { status: 'slow_down', intervalMs: pace.intervalMs }
    return { status: 'authorization_pending', opened: claim !== null, expiresInMs: leftOf(grant, now) }
  }

  /** Nothing, if no session was opened, or it has ended already. */
  async function closeOpened(id: string, { close }: Pick<Doors, 'close'>): Promise<void> {
    const opening = await openings.get(id)
    if (opening !== null) await close(opening)
  }

  return {
    async create(asking, browserKey) {
      const [id, deviceCode, askedAt] = [newId(random), newDeviceCode(random), clock.now()]
      const expiresAt = askedAt + ttlMs
      for (let tries = 0; tries < TRIES; tries += 1) {
        const userCode = newUserCode(random)
        if (!(await requests.putNew(userCode, { id, askedAt, expiresAt, asking }, keptMs))) continue
        // To the last pick-up, and then as long as its answer may be asked for again.
        await grants.put(deviceCode, { id, keyHash: hashOf(browserKey), expiresAt }, ttlMs + 2 * PICK_UP_MS)
        return { deviceCode, userCode, expiresAt }
      }
      throw new Error(`No free code was found in ${TRIES} tries.`)
    },

    async find(userCode, userId) {
      const request = await requests.get(userCode)
      return request === null ? null : seen(request, userCode, userId)
    },

    async claim(request, userId) {
      await claims.putNew(request.id, { userId }, keptMs)
      return seen(request, request.userCode, userId)
    },

    async release({ id, isClaimed }) {
      if (isClaimed) await claims.take(id)
    },

    async decide(request, decision, doors) {
      const { id, userCode } = request
      const { user, kind } = decision
      if (request.standing === 'open') await decisions.putNew(id, decision, keptMs)
      let { standing } = await seen(request, userCode, user.id)
      if (standing === 'approved' && kind === 'denied') {
        await withdrawals.putNew(id, decision, keptMs)
        standing = (await seen(request, userCode, user.id)).standing
      }
      if (standing === 'denied') await closeOpened(id, doors)
      if (standing === 'approved' || standing === 'denied') await tellAll((await decided(id)).all)
      return standing
    },

    async poll(deviceCode, browserKey, doors) {
      const grant = await grantOf(deviceCode, browserKey)
      if (grant === null) return null
      const { id, expiresAt } = grant
      const [now, { all, final }] = [clock.now(), await decided(id)]
      const status = pollStatus(expiresAt, final, now)
      if (status === 'authorization_pending') return pending(grant, now)
      await tellAll(all)
      if (final === null) return { status: 'expired_token' }
      if (final.kind === 'denied') {
        await closeOpened(id, doors)
        return { status: 'access_denied' }
      }
      const isLate = status === 'expired_token'
      const picked = await (isLate ? pickUp.again(id, doors) : pickUp.first(id, final, doors))
      if (picked === null) return isLate ? { status: 'expired_token' } : null
      switch (picked.status) {
        case 'refused':
          return { status: 'access_denied' }
        case 'waits':
          return { status: 'authorization_pending', opened: true, expiresInMs: leftOf(grant, now) }
        default:
          return { ...picked, status: 'approved', approval: final }
      }
    },
  }
}

const leftOf = ({ expiresAt }: Grant, now: number): number => Math.max(0, expiresAt - now)
