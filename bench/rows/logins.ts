import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { start, stop } from '../child.ts'
import type { Row } from '../row.ts'

/** The number of pilots that log in at the same time. Each logs in again as soon as its login succeeded. */
const PILOTS = 16
const SECONDS = 4
const BODY = JSON.stringify({ username: 'bench', password: 'bench', flag: 2 })

interface Storm {
  readonly perSecond: number
  /** Event loop delay of the host, ms. */
  readonly p99: number
  readonly max: number
}

async function storm(how: 'async' | 'sync'): Promise<Storm> {
  const { child, hello } = await start<{ url: string }>('logins.mjs', how)
  try {
    await logIn(hello.url)
    await told(child, 'start')
    const until = Date.now() + SECONDS * 1000
    const counts = await Promise.all(
      Array.from({ length: PILOTS }, async () => {
        let logins = 0
        for (; Date.now() < until; logins += 1) await logIn(hello.url)
        return logins
      }),
    )
    const { p99, max } = (await told(child, 'stop')) as Omit<Storm, 'perSecond'>
    return { perSecond: counts.reduce((sum, count) => sum + count, 0) / SECONDS, p99, max }
  } finally {
    await stop(child)
  }
}

async function told(child: ChildProcess, question: string): Promise<unknown> {
  child.send(question)
  const [answer] = await once(child, 'message')
  return answer
}

async function logIn(url: string): Promise<void> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: BODY,
  })
  if (answer.status !== 200) throw new Error(`login answered ${answer.status}`)
  await answer.arrayBuffer()
}

const figures = ({ perSecond, p99, max }: Storm): string =>
  `${perSecond.toFixed(1)} logins/s, loop late by ${p99.toFixed(1)} ms at p99, ${max.toFixed(0)} ms at most`

export const logins: Row = {
  name: `event loop delay (p99) of the host while ${PILOTS} pilots log in without pause`,
  goal: { atMost: 20 },
  unit: 'ms',
  async measure() {
    const [ours, blocking] = [await storm('async'), await storm('sync')]
    return {
      value: ours.p99,
      detail: `${figures(ours)}; with scrypt on the main thread ${figures(blocking)}`,
    }
  },
}
