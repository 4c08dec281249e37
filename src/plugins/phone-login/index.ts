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

export type { PhoneLoginLimits, PhoneLoginOptions } from './options.ts'
export type { AskingController } from './records.ts'

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
      const parts: RowParts = {
        context,
        options,
        grants: createGrants({
          store: context.store('requests'),
          keys: context.deriveKeys('decision'),
          clock: context.clock,
          random: cryptoRandom,
          ttlMs: options.codeTtlSeconds * 1000,
        }),
        limits: createLimits(context, options.limits),
        count: (outcome) => codes.add({ outcome }),
      }
      return { routes: [...controllerRows(parts), ...phoneRows(parts)], pages, start: loadQr }
    },
  })
}
