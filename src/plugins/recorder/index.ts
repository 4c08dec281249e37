import { z } from 'zod'
import { definePlugin, isPage, route, withScript } from '../../plugin.ts'
import { MAX_TRACE_BYTES, ROOT } from './names.ts'
import type { Shelf } from './shelf.ts'

/**
 * Records the bridge calls of pages and keeps the traces (docs/recorder.md). The option `recorder: true` is a short form
 * of it. Most of its code is loaded with the first page.
 */
export const recorder = () =>
  definePlugin({
    id: 'recorder',
    setup(context) {
      let shelf: Promise<Shelf> | undefined
      const open = (): Promise<Shelf> => {
        shelf ??= import('./shelf.ts').then(({ createShelf }) => createShelf(context))
        return shelf
      }
      return {
        routes: [
          route({
            ...{ method: 'POST', path: ROOT, guard: 'public', bodyLimit: MAX_TRACE_BYTES },
            summary: 'Leaves a trace.',
            input: z.unknown(),
            admit: async ({ request }) => (await open()).admit(request),
            handle: async ({ request, body }) => (await open()).keep(request, body),
          }),
          route({
            ...{ method: 'GET', path: `${ROOT}/:file`, guard: 'public', answers: 'http' },
            summary: 'A trace, to be taken home.',
            handle: async ({ params }) => (await open()).give(params['file'] ?? ''),
          }),
        ],
        async transformPilotResponse(answer, request) {
          return isPage(answer) ? withScript(answer, (await open()).script(request)) : answer
        },
        async close() {
          ;(await shelf?.catch(() => undefined))?.clear()
        },
      }
    },
  })
