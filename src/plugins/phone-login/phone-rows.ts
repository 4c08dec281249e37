import { z } from 'zod'
import { DjiCloudError, type HttpRequest, type PluginRoute, route, type SignedIn } from '../../plugin.ts'
import { cryptoRandom, newId, readUserCode, shownCode } from './codes.ts'
import type { RowParts } from './controller-rows.ts'
import { doorsOf } from './doors.ts'
import type { FoundRequest } from './grants.ts'
import { API, PHONE_PAGE } from './names.ts'
import { isElsewhere } from './nearness.ts'
import type { Decision } from './records.ts'
import type { Standing } from './standing.ts'

const entered = z.object({
  user_code: z.string().max(64),
  /** Whom the page has shown. Another user may have logged in on the phone since, in another tab. */
  user_id: z.string().max(256),
})

const shown = z.strictObject({
  state: z.literal('open'),
  user_code: z.string(),
  /** Both as the controller says. */
  serial: z.string().nullable(),
  device: z.string().nullable(),
  /** As the platform knows the controller with this serial number; null: it does not, or it is not in the user's workspace. */
  known: z.strictObject({ model: z.string().nullable(), nickname: z.string().nullable() }).nullable(),
  address: z.string(),
  /** `other`: certainly not the network of this phone. */
  network: z.enum(['other', 'unknown']),
  asked_seconds_ago: z.number(),
  expires_in: z.number(),
})
/** Why there is nothing to decide. */
const closed = z.strictObject({
  state: z.enum([
    ...(['approved', 'denied', 'used', 'opened_elsewhere', 'expired'] as const),
    ...(['unknown', 'web_only', 'other_workspace', 'not_allowed'] as const),
  ]),
})
type Closed = z.input<typeof closed>['state']
const answered = z.union([shown, closed])
type Answered = z.input<typeof answered>

/** What the phone opens and calls. Who acts is known by a cookie of another login, so that every call needs our own page. */
export function phoneRows({ context, options, grants, limits }: RowParts): PluginRoute[] {
  const { clock, devices } = context

  /** The user of this phone. @throws DjiCloudError NOT_SIGNED_IN, if it is not the one that the page has shown */
  async function userOf(request: HttpRequest, shownId: string): Promise<SignedIn> {
    const found = await context.signedInUser(request)
    if (found === null || found.user.id !== shownId) throw new DjiCloudError('NOT_SIGNED_IN')
    return found
  }

  /** The request with this code, as it stands for this user; a text: why the user can do nothing with it. */
  async function enter(
    request: HttpRequest,
    { user }: SignedIn,
    typed: string,
  ): Promise<FoundRequest | Closed> {
    const code = readUserCode(typed)
    if (user.role === 'web') return 'web_only'
    if (code === null) return 'unknown'
    const found = await grants.find(code, user.id)
    // A user who has this login open has no reason to guess codes, and may decide also after many wrong codes.
    if (found?.isClaimed === true) return found
    const right = await limits.guess(request, user.id)
    if (found === null) return 'unknown'
    await right()
    return found.standing === 'open' ? grants.claim(found, user.id) : found
  }

  /** The controller with this serial number, if it is one of this workspace; null for that of another one, and for aircraft. */
  function knownIn(workspaceId: string, serial: string | null) {
    const view = serial === null ? null : devices.in(workspaceId).get(serial)
    return view === null || view.serial !== serial
      ? null
      : { model: view.model?.name ?? null, nickname: view.nickname }
  }

  const networkOf = (found: FoundRequest, request: HttpRequest): 'other' | 'unknown' =>
    isElsewhere(found.asking.address, request.address) ? 'other' : 'unknown'

  /**
   * Why this user may not approve it; null: the user may. It is asked at the approval and not before, so that a request with a serial number that
   * somebody only claims looks the same for all.
   */
  async function refusal(
    request: HttpRequest,
    { user }: SignedIn,
    found: FoundRequest,
  ): Promise<'other_workspace' | 'not_allowed' | null> {
    const { asking } = found
    const { serial } = asking
    await limits.mayAsk(request, user.id)
    const holder = serial === null ? null : await devices.holder(serial)
    // In words. The platform checks it again when the controller asks for MQTT.
    if (holder !== null && holder !== user.workspace.id) return 'other_workspace'
    if (options.mayApprove === undefined) return null
    const where = { address: request.address, network: networkOf(found, request) }
    const known = knownIn(user.workspace.id, serial) !== null
    return (await options.mayApprove(user, asking, { ...where, known })) === true ? null : 'not_allowed'
  }

  function facts(found: FoundRequest, request: HttpRequest, workspaceId: string): Answered {
    const { userCode, asking, askedAt, expiresAt } = found
    const now = clock.now()
    return {
      state: 'open',
      user_code: shownCode(userCode),
      serial: asking.serial,
      device: asking.device,
      known: knownIn(workspaceId, asking.serial),
      address: asking.address,
      network: networkOf(found, request),
      asked_seconds_ago: Math.max(0, Math.floor((now - askedAt) / 1000)),
      expires_in: Math.max(0, Math.floor((expiresAt - now) / 1000)),
    }
  }

  const closedAs = (standing: Exclude<Standing, 'open'> | Closed): Answered => ({ state: standing })

  return [
    route({
      ...{ method: 'GET', path: PHONE_PAGE, guard: 'public', answers: 'document' },
      summary: 'The page on which a phone approves a controller.',
      async handle({ request, query }) {
        const code = options.completeLink ? readUserCode(query.get('code') ?? '') : null
        const here = `${PHONE_PAGE}${code === null ? '' : `?code=${code}`}`
        const found = await context.signedInUser(request)
        return {
          document: 'approve',
          values: {
            code: code === null ? null : shownCode(code),
            user:
              found === null
                ? null
                : { id: found.user.id, name: found.user.username, workspace: found.user.workspace.name },
            label: found?.source.label ?? null,
            sign_out: found === null ? null : context.signOutLink(request, found.source.id, here),
            links: found === null ? context.signInLinks(request, here) : [],
            reason: query.get('reason'),
          },
        }
      },
    }),
    route({
      ...{ method: 'POST', path: `${API}/lookup`, guard: 'browser' },
      summary: 'Which controller asks with this code, for the user of this phone.',
      input: entered,
      output: answered,
      async handle({ request, body }): Promise<Answered> {
        const who = await userOf(request, body.user_id)
        const found = await enter(request, who, body.user_code)
        if (typeof found === 'string') return closedAs(found)
        return found.standing === 'open'
          ? facts(found, request, who.user.workspace.id)
          : closedAs(found.standing)
      },
    }),
    route({
      ...{ method: 'POST', path: `${API}/decision`, guard: 'browser' },
      summary: 'Approves or denies the request of a controller.',
      input: entered.extend({ approve: z.boolean() }),
      output: closed,
      async handle({ request, body }): Promise<z.input<typeof closed>> {
        const who = await userOf(request, body.user_id)
        const found = await enter(request, who, body.user_code)
        if (typeof found === 'string') return { state: found }
        const { user, source, data } = who
        if (body.approve && found.standing === 'open') {
          const why = await refusal(request, who, found)
          if (why !== null) {
            await Promise.all([limits.refused(user.id), grants.release(found)])
            return { state: why }
          }
        }
        const decision: Decision = {
          ...{ id: newId(cryptoRandom), kind: body.approve ? 'approved' : 'denied', at: clock.now() },
          ...{ user: withoutRole(user), source: source.id, data, address: request.address },
          asking: found.asking,
        }
        const standing = await grants.decide(found, decision, doorsOf(context, request))
        // Nothing is open after a decision, unless the store has lost it.
        return { state: standing === 'open' ? 'unknown' : standing }
      },
    }),
  ]
}

const withoutRole = ({ id, username, workspace }: SignedIn['user']) => ({ id, username, workspace })
