import { readFile } from 'node:fs/promises'
import { expect, it } from 'vitest'
import { eventTypes } from '../../scripts/docs/event-rows.ts'
import { eventsPage } from '../../scripts/docs/events-page.ts'

const types = eventTypes()

it('has an events page that is up to date (npm run docs)', async () => {
  const page = await readFile(new URL('../../docs/events.md', import.meta.url), 'utf8')
  expect(page).toBe(eventsPage(types))
})

it('says of every event what it means and what it carries', () => {
  expect(types.events.length).toBeGreaterThan(10)
  expect(types.events.filter(({ meaning, fields }) => meaning === '' || fields.length === 0)).toEqual([])
  expect(types.words.filter(({ meaning }) => meaning === '')).toEqual([])
})
