import { expect, test } from 'vitest'
import type { Logger } from '../../src/core/ports/index.ts'
import { throttledLogger } from '../../src/core/throttled-logger.ts'

function stage(budget: { perText?: number; total?: number }) {
  const said: string[] = []
  const at = (level: string) => (fields: object, message: string) =>
    said.push(`${level} ${message} ${JSON.stringify(fields)}`)
  const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  let due: (() => void) | null = null
  const throttled = throttledLogger(logger, {
    ...budget,
    schedule(run) {
      due = run
      return () => undefined
    },
  })
  return {
    said,
    throttled,
    endWindow() {
      due?.()
      due = null
    },
    isTiming: () => due !== null,
  }
}

test('the same text is shown so many times in a window; the rest is counted and told at its end', () => {
  const { said, throttled, endWindow, isTiming } = stage({ perText: 2 })
  for (let index = 0; index < 500; index += 1) throttled.error({ index }, 'Redis is away')
  throttled.warn({}, 'something else')
  expect(said).toEqual([
    'error Redis is away {"index":0}',
    'error Redis is away {"index":1}',
    'warn something else {}',
  ])
  endWindow()
  expect(said.slice(3)).toEqual(['error Redis is away (498 more in the last 10 s) {"suppressed":498}'])
  // A quiet logger has no timer, and a new window starts afresh.
  expect(isTiming()).toBe(false)
  throttled.error({}, 'Redis is away')
  expect(said).toHaveLength(5)
})

test('many different texts together have a bound, and so has the memory for counting them', () => {
  const { said, throttled, endWindow } = stage({ total: 3 })
  for (let index = 0; index < 1_000; index += 1) throttled.warn({}, `text ${index}`)
  expect(said).toHaveLength(3)
  endWindow()
  expect(said.at(-1)).toContain('other messages (947 more')
  expect(said).toHaveLength(3 + 51)
})

test('an error and a warning of one text are counted apart', () => {
  const { said, throttled } = stage({ perText: 1 })
  throttled.warn({}, 'x')
  throttled.error({}, 'x')
  expect(said).toHaveLength(2)
})
