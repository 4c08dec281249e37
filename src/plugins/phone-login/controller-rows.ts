import { z } from 'zod'
import { type PluginRoute, route } from '../../plugin.ts'
import { askingOf } from './asking.ts'
import { shownCode } from './codes.ts'
import type { PhoneContext } from './context.ts'
import { doorsOf } from './doors.ts'
import type { Grants } from './grants.ts'
import type { Limits } from './limits.ts'
import { API, PHONE_PAGE } from './names.ts'
import type { ParsedPhoneLoginOptions } from './options.ts'
import { qrRows } from './qr.ts'
import { INTERVAL_MS } from './standing.ts'

/** 32 random bytes of the page, as hex or base64url. */
const browserKey = z.string().regex(/^[\w-]{32,128}$/, 'needs 32 to 128 letters, digits, - and _')

const asked = z.object({ browser_key: browserKey, serial: z.string().max(64).nullish() })
const answered = z.strictObject({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: z.string(),
  verification_uri_complete: z.string().nullable(),
  expires_in: z.number(),
  interval: z.number(),
  qr: z.array(z.string()),
})

const polled = z.object({ device_code: z.string().min(1).max(128), browser_key: browserKey })
const told = z.union([
  z.strictObject({
    status: z.literal('authorization_pending'),
    opened: z.boolean(),
    expires_in: z.number(),
  }),
  z.strictObject({ status: z.literal('slow_down'), interval: z.number() }),
  z.strictObject({ status: z.enum(['access_denied', 'expired_token']) }),
  z.strictObject({
    status: z.literal('approved'),
    access_token: z.string(),
    expires_at: z.number(),
    user_id: z.string(),
    username: z.string(),
    workspace_id: z.string(),
  }),
])
type Told = z.input<typeof told>

export interface RowParts {
  readonly context: PhoneContext
  readonly options: ParsedPhoneLoginOptions
  readonly grants: Grants
  readonly limits: Limits
  /** Counts what became of the codes. */
  readonly count: (outcome: 'asked' | 'approved' | 'denied' | 'opened') => void
}

/** What the page on the controller calls. It has no token yet, so that the rows answer scripts of our own pages. */
export function controllerRows({ context, options, grants, limits, count }: RowParts): PluginRoute[] {
  return [
    route({
      ...{ method: 'POST', path: `${API}/codes`, guard: 'browser' },
      summary: 'A new code for a controller that wants to be logged in (RFC 8628, section 3.1).',
      input: asked,
      output: answered,
      async handle({ request, body }) {
        await limits.code(request)
        const made = await grants.create(askingOf(request, body.serial), body.browser_key)
        const { origin, mount } = context.publicBase(request)
        const uri = `${origin}${mount}${PHONE_PAGE}`
        const complete = options.completeLink ? `${uri}?code=${made.userCode}` : null
        count('asked')
        return {
          device_code: made.deviceCode,
          user_code: shownCode(made.userCode),
          verification_uri: uri,
          verification_uri_complete: complete,
          expires_in: options.codeTtlSeconds,
          interval: INTERVAL_MS / 1000,
          qr: [...(await qrRows(complete ?? uri))],
        }
      },
    }),
    route({
      ...{ method: 'POST', path: `${API}/token`, guard: 'browser' },
      summary: 'Whether the code was approved; then the access token, once (RFC 8628, section 3.4).',
      input: polled,
      output: told,
      async handle({ request, body }): Promise<Told> {
        const doors = doorsOf(context, request)
        const result = await grants.poll(body.device_code, body.browser_key, doors)
        if (result === null) throw context.error('PHONE_CODE_INVALID')
        switch (result.status) {
          case 'slow_down':
            return { status: 'slow_down', interval: result.intervalMs / 1000 }
          case 'authorization_pending': {
            const { status, opened, expiresInMs } = result
            return { status, opened, expires_in: expiresInMs / 1000 }
          }
          case 'approved': {
            const { approval, opening, isFirst } = result
            if (isFirst) {
              count('opened')
              // The session is there, also if the limit cannot be written.
              await limits.codeUsed(approval.asking.address).catch(() => undefined)
            }
            return {
              status: 'approved',
              access_token: opening.token,
              expires_at: opening.tokenExpiresAt,
              user_id: opening.user.id,
              username: opening.user.username,
              workspace_id: opening.user.workspaceId,
            }
          }
          default:
            return result
        }
      },
    }),
  ]
}
