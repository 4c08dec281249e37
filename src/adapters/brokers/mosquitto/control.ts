import { randomBytes } from 'node:crypto'
import { DjiCloudError } from '../../../core/errors.ts'

const CONTROL = '$CONTROL/dynamic-security/v1'
export const RESPONSE = `${CONTROL}/response`

export interface Command {
  readonly command: string
  readonly [field: string]: unknown
}

export interface Answer {
  readonly command?: string
  /** The error text of the plugin, such as `Client not found`. */
  readonly error?: string
  readonly data?: unknown
}

export interface Control {
  /** Sends all commands in one message, in this order. Rejects with BROKER_UNAVAILABLE when no answer comes in time. */
  send(commands: readonly Command[]): Promise<Answer[]>
  /** Sends one command. Rejects when its answer has an error that is not one of `expected`. */
  run(command: Command, ...expected: string[]): Promise<Answer>
  /** Takes an answer of the plugin. Answers to other nodes arrive too and are ignored. */
  take(payload: Uint8Array): void
  /** The connection is lost: rejects all commands that still wait. */
  reset(): void
}

interface Waiting {
  readonly answers: (Answer | undefined)[]
  missing: number
  readonly done: (answers: Answer[] | null) => void
}

export function createControl(parts: {
  readonly publish: (topic: string, payload: string) => Promise<void>
  readonly timeout: number
}): Control {
  const node = randomBytes(6).toString('hex')
  const waiting = new Map<string, Waiting>()
  let sent = 0

  async function send(commands: readonly Command[]): Promise<Answer[]> {
    if (commands.length === 0) return []
    sent += 1
    const id = `${node}.${sent}`
    const answers = new Promise<Answer[] | null>((done) => {
      waiting.set(id, { answers: new Array(commands.length), missing: commands.length, done })
    })
    const late = setTimeout(() => finish(id, null), parts.timeout)
    const numbered = commands.map((command, index) => ({ ...command, correlationData: `${id}.${index}` }))
    try {
      await parts.publish(CONTROL, JSON.stringify({ commands: numbered }))
      const outcome = await answers
      if (outcome === null)
        throw new DjiCloudError('BROKER_UNAVAILABLE', {
          cause: new Error('no answer from the dynamic security plugin'),
        })
      return outcome
    } finally {
      clearTimeout(late)
      waiting.delete(id)
    }
  }

  function finish(id: string, answers: Answer[] | null): void {
    waiting.get(id)?.done(answers)
    waiting.delete(id)
  }

  function takeOne(answer: Answer & { readonly correlationData?: unknown }): void {
    const { correlationData } = answer
    if (typeof correlationData !== 'string') return
    const dot = correlationData.lastIndexOf('.')
    const id = correlationData.slice(0, dot)
    const index = Number(correlationData.slice(dot + 1))
    const entry = waiting.get(id)
    if (entry === undefined || entry.answers[index] !== undefined) return
    entry.answers[index] = answer
    entry.missing -= 1
    if (entry.missing === 0) finish(id, entry.answers as Answer[])
  }

  return {
    send,
    async run(command, ...expected) {
      const [answer = {}] = await send([command])
      if (answer.error !== undefined && !expected.includes(answer.error))
        throw new DjiCloudError('BROKER_UNAVAILABLE', {
          cause: new Error(`${command.command}: ${answer.error}`),
        })
      return answer
    },
    take(payload) {
      let body: unknown
      try {
        body = JSON.parse(Buffer.from(payload).toString('utf8'))
      } catch {
        return
      }
      const responses = (body as { responses?: unknown } | null)?.responses
      if (Array.isArray(responses)) for (const answer of responses) takeOne((answer ?? {}) as Answer)
    },
    reset() {
      for (const id of [...waiting.keys()]) finish(id, null)
    },
  }
}
