import { type AdmitContext, type AnyPlugin, cookieOf, definePlugin, route } from '../../plugin.ts'
import { controlSchema, messageSchema, setupSchema } from './controls.ts'
import type { Desk } from './desk.ts'
import { COOKIE, ROOT } from './names.ts'

/**
 * A simulated controller in the browser at `{mount}/pilot/simulator` (docs/simulator.md). The option `simulator: true` is
 * a short form of it. Most of its code is loaded with the first request.
 */
export const simulator = () =>
  definePlugin({
    id: 'simulator',
    setup(context) {
      let desk: Promise<Desk> | undefined
      let closed = false
      const open = (): Promise<Desk> => {
        desk ??= import('./desk.ts').then(({ createDesk }) => createDesk(context))
        return desk
      }
      const admit = async ({ request }: AdmitContext) => (await open()).admit(request)
      const idOf = ({ params }: Pick<AdmitContext, 'params'>): string => params['id'] ?? ''

      context.every(10_000, 'idle controllers', async () => (await desk)?.sweep())
      return {
        routes: [
          route({
            ...{ method: 'GET', path: ROOT, guard: 'public', answers: 'http' },
            summary: 'The page of the simulator.',
            handle: async ({ request }) => (await open()).page(request),
          }),
          route({
            ...{ method: 'GET', path: `${ROOT}/assets/:hash/:name`, guard: 'public', answers: 'http' },
            summary: 'Its script and style.',
            handle: async ({ params }) => (await open()).asset(params['hash'] ?? '', params['name'] ?? ''),
          }),
          route({
            ...{ method: 'POST', path: `${ROOT}/controllers`, guard: 'public', answers: 'http', admit },
            summary: 'Switches a controller on.',
            input: setupSchema,
            handle: async ({ request, body }) => (await open()).create(request, body),
          }),
          route({
            ...{ method: 'GET', path: `${ROOT}/:id/news`, guard: 'public', admit },
            summary: 'What happened since; waits until something does.',
            handle: async ({ params, query, request }) =>
              (await open()).news(idOf({ params }), query.get('after'), request.signal),
          }),
          route({
            ...{ method: 'POST', path: `${ROOT}/:id/control`, guard: 'public', admit },
            summary: 'What the buttons of the page do.',
            input: controlSchema,
            handle: async ({ params, body }) => (await open()).control(idOf({ params }), body),
          }),
          route({
            ...{ method: 'POST', path: `${ROOT}/:id/bridge`, guard: 'public', answers: 'http', admit },
            summary: 'One call of the bridge.',
            input: messageSchema,
            handle: async ({ params, body }) => (await open()).bridge(idOf({ params }), body.message),
          }),
        ],
        /** Transforms a page of the platform that this browser shows inside the simulator. */
        transformPilotResponse(answer, request) {
          if (closed || cookieOf(request, COOKIE) === null) return answer
          return open().then((made) => made.dress(answer, request))
        },
        async close() {
          closed = true
          await (await desk?.catch(() => undefined))?.close()
        },
      }
    },
  }) satisfies AnyPlugin
