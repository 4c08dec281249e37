import { definePlugin } from '../../plugin.ts'
import { cryptoRandom } from './codes.ts'
import { controllerRows, type RowParts } from './controller-rows.ts'
import { ERRORS } from './errors.ts'
import { EVENTS } from './events.ts'
import { createGrants } from './grants.ts'
import { createLimits } from './limits.ts'
import { ID } from './names.ts'
import { type PhoneLoginOptions, parseOptions } from './options.ts'
import { pages } from './pages.ts'
import { phoneRows } from './phone-rows.ts'
import { loadQr } from './qr.ts'
import { shelvesOf } from './records.ts'
import { createTelling } from './telling.ts'
import { createVault } from './vault.ts'

export type { ApprovalContext, PhoneLoginLimits, PhoneLoginOptions } from './options.ts'
export type { AskingController } from './records.ts'

/** How long a phone that comes late still hears what happened. */
const REMEMBERED_MS = 10 * 60_000

/**
 * Logs pilots in at the controller with their phone (docs/phone-login.md): the login page shows a QR code, and a phone on which the
 * app's own login knows the user approves it. The device grant of RFC 8628, with the platform as the server. Needs the option
 * `login` or a plugin with a login, and the package `lean-qr`.
 */
export function phoneLogin(given: PhoneLoginOptions = {}) {
  const { options, faults } = parseOptions(given)
  return definePlugin({
    id: ID,
    needs: ['signIn', 'shared'],
    errors: ERRORS,
    events: EVENTS,
    check: () => faults,
    setup(context) {
      if (options === null) return {}
      const codes = context.metrics.counter('codes', {
        help: 'Codes of the login by phone: asked for, approved, denied, and sessions opened.',
        labels: { outcome: ['asked', 'approved', 'denied', 'opened'] },
      })
      const count: RowParts['count'] = (outcome) => codes.add({ outcome })
      const ttlMs = options.codeTtlSeconds * 1000
      const keptMs = ttlMs + REMEMBERED_MS
      const keys = { values: context.deriveKeys('values'), names: context.deriveKeys('names') }
      const shelves = shelvesOf(createVault(context.store('requests'), keys))
      const tell = createTelling(context, shelves.told, count, keptMs)
      const { clock } = context
      const parts: RowParts = {
        ...{ context, options, count },
        grants: createGrants({ shelves, clock, random: cryptoRandom, ttlMs, keptMs, tell }),
        limits: createLimits(context, options.limits),
      }
      return { routes: [...controllerRows(parts), ...phoneRows(parts)], pages, start: loadQr }
    },
  })
}
