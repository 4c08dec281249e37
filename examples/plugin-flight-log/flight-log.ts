// A plugin that stores every flight in its own table. It has a route that lists the flights, and shows one line on the main page of
// the controller in two languages. It reports when its database does not answer. The host can call `cloud.plugins['flight-log'].list(...)`.

import { randomUUID } from 'node:crypto'
import { definePlugin, route, type SqlDatabaseLike } from 'dji-cloud/plugin'
import type { Kysely } from 'kysely'
import { z } from 'zod'

interface FlightRow {
  id: string
  workspace_id: string
  gateway: string
  aircraft: string
  model: string | null
  /** Milliseconds since 1970, like `ended_at`. Drivers return a bigint as a text; `flightOf` makes it a number. */
  started_at: number | string
  ended_at: number | string | null
}
interface Tables {
  dji_cloud_flight_log_flights: FlightRow
}

const flight = z.strictObject({
  id: z.string(),
  workspaceId: z.string(),
  gateway: z.string(),
  aircraft: z.string(),
  model: z.string().nullable(),
  startedAt: z.number(),
  /** Null while the flight goes on. */
  endedAt: z.number().nullable(),
})
export type Flight = z.output<typeof flight>

const flightOf = (row: FlightRow): Flight => ({
  id: row.id,
  workspaceId: row.workspace_id,
  gateway: row.gateway,
  aircraft: row.aircraft,
  model: row.model,
  startedAt: Number(row.started_at),
  endedAt: row.ended_at === null ? null : Number(row.ended_at),
})

/** @param options.db where the flights are kept; run `migrateSql({ db, plugins: [flightLog({ db })] })` once before */
export function flightLog(options: { readonly db: SqlDatabaseLike }) {
  const db = options.db as unknown as Kysely<Tables>

  return definePlugin({
    id: 'flight-log',

    errors: {
      FLIGHT_UNKNOWN: [
        404_510,
        404,
        'This flight is not known here.',
        'Take an id from the list of flights.',
      ],
    },

    events: { 'flight.finished': flight },

    migrations: {
      '001_flights': {
        async up(given) {
          await (given as unknown as Kysely<Tables>).schema
            .createTable('dji_cloud_flight_log_flights')
            .addColumn('id', 'text', (column) => column.primaryKey().notNull())
            .addColumn('workspace_id', 'text', (column) => column.notNull())
            .addColumn('gateway', 'text', (column) => column.notNull())
            .addColumn('aircraft', 'text', (column) => column.notNull())
            .addColumn('model', 'text')
            .addColumn('started_at', 'bigint', (column) => column.notNull())
            .addColumn('ended_at', 'bigint')
            .execute()
        },
      },
    },

    setup(context) {
      const table = 'dji_cloud_flight_log_flights'
      let trouble: string | undefined
      /** Runs one statement after the other: a flight must have begun before it ends. A failure is shown in the log and in health. */
      let queue: Promise<void> = Promise.resolve()
      const later = (work: () => Promise<unknown>): void => {
        queue = queue.then(work).then(
          () => {
            trouble = undefined
          },
          (error: unknown) => {
            trouble = 'the database does not answer'
            context.logger.error({ err: error }, 'a flight could not be written down')
          },
        )
      }

      const open = (workspaceId: string, aircraft: string) =>
        db
          .selectFrom(table)
          .select('id')
          .where('workspace_id', '=', workspaceId)
          .where('aircraft', '=', aircraft)
          .where('ended_at', 'is', null)

      context.on('aircraft.online', ({ workspaceId, gateway, aircraft, model, at }) =>
        later(async () => {
          // After a restart of this server, the aircraft may still be in the same flight.
          if ((await open(workspaceId, aircraft).execute()).length > 0) return
          const row = { workspace_id: workspaceId, gateway, aircraft, model: model.name }
          await db
            .insertInto(table)
            .values({ id: randomUUID(), ...row, started_at: at, ended_at: null })
            .execute()
        }),
      )
      context.on('aircraft.offline', ({ workspaceId, aircraft, at }) =>
        later(async () => {
          const [ended] = await db
            .updateTable(table)
            .set({ ended_at: at })
            .where('id', 'in', open(workspaceId, aircraft))
            .returningAll()
            .execute()
          if (ended !== undefined) context.emit('flight.finished', flightOf(ended))
        }),
      )

      /** The newest first. Contains only flights of the workspace `workspaceId`. */
      async function list(workspaceId: string, limit = 50): Promise<Flight[]> {
        await queue
        const found = db.selectFrom(table).selectAll().where('workspace_id', '=', workspaceId)
        return (await found.orderBy('started_at', 'desc').limit(limit).execute()).map(flightOf)
      }

      return {
        api: { list },
        routes: [
          route({
            method: 'GET',
            path: '/flight-log/api/v1/workspaces/:workspace_id/flights',
            guard: 'token',
            summary: 'The flights of a workspace, the newest first.',
            output: z.array(flight),
            handle: ({ session }) => list(session.workspaceId),
          }),
          route({
            method: 'GET',
            path: '/flight-log/api/v1/flights/:id',
            guard: 'token',
            summary: 'One flight.',
            output: flight,
            async handle({ session, params }) {
              const found = (await list(session.workspaceId)).find(({ id }) => id === params['id'])
              return found ?? Promise.reject(context.error('FLIGHT_UNKNOWN'))
            },
          }),
        ],
        doctor: [
          {
            id: 'flights',
            title: 'the flight log',
            path: '/flight-log/api/v1/workspaces/:workspace_id/flights',
            expect: { fields: { data: 'list' } },
            severity: 'warning',
            what: 'The flight log cannot be read.',
            why: 'Flights are not kept, and the line on the main page stays empty.',
            server: 'Look at the database of the flight log, and run migrateSql once.',
          },
        ],
        pages: {
          slots: {
            'home.status': '<p class="as-of" id="flight-log" data-none="<%= t(\'flight-log.none\') %>"></p>',
          },
          scripts: { home: HOME_SCRIPT },
          texts: {
            en: { 'flight-log.count': 'Flights: {count}', 'flight-log.none': 'No flights yet.' },
            zh: { 'flight-log.count': '飞行次数：{count}', 'flight-log.none': '尚无飞行记录。' },
          },
        },
        health: () => (trouble === undefined ? { status: 'up' } : { status: 'down', detail: trouble }),
        close: () => queue,
      }
    },
  })
}

/** This script is not compiled, so it is written for Chromium 70, the oldest engine of a controller. */
const HOME_SCRIPT = `(function () {
  var page = window.djiCloudPage, line = document.getElementById('flight-log'), asked = null
  page.onState(function (state) {
    if (!state.bootstrap || asked === state.link) return
    asked = state.link
    page.request('GET', '/flight-log/api/v1/workspaces/' + state.bootstrap.workspace.id + '/flights').then(function (answer) {
      if (answer.code !== 0) return
      line.textContent = answer.data.length === 0
        ? line.getAttribute('data-none')
        : page.text('flight-log.count', { count: String(answer.data.length) })
    })
  })
})()`
