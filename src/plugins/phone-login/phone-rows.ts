import { z } from 'zod'
import { DjiCloudError, type HttpRequest, type PluginRoute, route, type SignedIn } from '../../plugin.ts'
import { readUserCode, shownCode } from './codes.ts'
import type { RowParts } from './controller-rows.ts'
import type { FoundRequest } from './grants.ts'
import { API, PHONE_PAGE } from './names.ts'
import { nearnessOf } from './nearness.ts'
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
  network: z.enum(['same', 'other', 'unknown']),
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
export function phoneRows({ context, options, grants, limits, count }: RowParts): PluginRoute[] {
  const { clock, devices } = context
  const ownPage = ({ request }: { readonly request: HttpRequest }): void => context.requireOwnPage(request)

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
    const right = await limits.guess(request, user.id)
    const found = await grants.find(code, user.id)
    if (found === null) return 'unknown'
    await right()
    if (found.standing !== 'open') return found
    const { serial } = found.asking
    const holder = serial === null ? null : await devices.holder(serial)
    // Early and in words. The serial number is a claim, so the platform checks it again when the controller asks for MQTT.
    if (holder !== null && holder !== user.workspace.id) return 'other_workspace'
    if (options.mayApprove !== undefined && (await options.mayApprove(user, found.asking)) !== true)
      return 'not_allowed'
    return grants.claim(found, user.id)
  }

  function facts(
    { userCode, asking, askedAt, expiresAt }: FoundRequest,
    request: HttpRequest,
    workspaceId: string,
  ): Answered {
    const view = asking.serial === null ? null : devices.in(workspaceId).get(asking.serial)
    // The serial number of an aircraft would give the controller that has it.
    const known =
      view?.serial !== asking.serial || view === null
        ? null
        : { model: view.model?.name ?? null, nickname: view.nickname }
    const now = clock.now()
    return {
      state: 'open',
      user_code: shownCode(userCode),
      serial: asking.serial,
      device: asking.device,
      known,
      address: asking.address,
      network: nearnessOf(asking.address, request.address),
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
      ...{ method: 'POST', path: `${API}/lookup`, guard: 'public' },
      summary: 'Which controller asks with this code, for the user of this phone.',
      input: entered,
      output: answered,
      admit: ownPage,
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
      ...{ method: 'POST', path: `${API}/decision`, guard: 'public' },
      summary: 'Approves or denies the request of a controller.',
      input: entered.extend({ approve: z.boolean() }),
      output: closed,
      admit: ownPage,
      async handle({ request, body }): Promise<z.input<typeof closed>> {
        const who = await userOf(request, body.user_id)
        const found = await enter(request, who, body.user_code)
        if (typeof found === 'string') return { state: found }
        const { user, source, data } = who
        const decision: Decision = body.approve
          ? { kind: 'approved', user: withoutRole(user), source: source.id, data }
          : { kind: 'denied', userId: user.id }
        const { standing, decides } = await grants.decide(found, decision)
        if (decides) {
          count(decision.kind)
          context.emit(body.approve ? 'phone.approved' : 'phone.denied', {
            ...{ at: clock.now(), userId: user.id, username: user.username, source: source.id },
            workspaceId: user.workspace.id,
            address: request.address,
            controllerAddress: found.asking.address,
            serial: found.asking.serial,
          })
        }
        // Nothing is open after a decision, unless the store has lost it.
        return { state: standing === 'open' ? 'unknown' : standing }
      },
    }),
  ]
}

const withoutRole = ({ id, username, workspace }: SignedIn['user']) => ({ id, username, workspace })
