import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { styleText } from 'node:util'

/** What a command may do to the world around it: tests give it one of their own. */
export interface Terminal {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** Somebody can be asked. */
  readonly interactive: boolean
  print(line: string): void
  complain(line: string): void
  /** A line that is written over, where there is a terminal; elsewhere nothing. Null takes it away. */
  progress(line: string | null): void
  ask(question: string): Promise<string>
  /** What is typed is not shown. */
  askSecret(question: string): Promise<string>
  paint(colour: Colour, text: string): string
  /** Resolves at Ctrl-C and at SIGTERM. */
  readonly interrupted: Promise<void>
}

export type Colour = 'green' | 'red' | 'yellow' | 'cyan' | 'dim' | 'bold'

/** 0: well. 1: what was looked at is not well. 2: called wrongly. 3: nothing bad was seen, but not everything was looked at. */
export const EXIT = { well: 0, unwell: 1, usage: 2, incomplete: 3 } as const

/** Called wrongly: its text is all that somebody needs to see. */
export class UsageError extends Error {}

/** https://no-color.org: set and not empty means none; colours are for terminals only. */
export const wantsColour = (env: Terminal['env'], isTerminal: boolean): boolean =>
  isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb'

export function systemTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process
  const shown = stdout.isTTY === true
  const colour = wantsColour(env, shown)
  let drawn = false

  const clear = (): void => {
    if (drawn) stdout.write('\r\u001b[2K')
    drawn = false
  }
  const question = async (text: string, output: Writable): Promise<string> => {
    const lines = createInterface({ input: stdin, output, terminal: true })
    try {
      return await lines.question(text)
    } finally {
      lines.close()
    }
  }

  return {
    cwd: process.cwd(),
    env,
    interactive: shown && stdin.isTTY === true,
    print(line) {
      clear()
      stdout.write(`${line}\n`)
    },
    complain(line) {
      clear()
      stderr.write(`${line}\n`)
    },
    progress(line) {
      clear()
      if (line === null || !shown) return
      stdout.write(line.slice(0, (stdout.columns ?? 80) - 1))
      drawn = true
    },
    ask: (text) => question(text, stdout),
    async askSecret(text) {
      stdout.write(text)
      // readline echoes what is typed to its output: this one shows nothing.
      const typed = await question('', new Writable({ write: (_chunk, _encoding, done) => done() }))
      stdout.write('\n')
      return typed
    },
    paint: (name, text) => (colour ? styleText(name, text, { validateStream: false }) : text),
    interrupted: new Promise((resolve) => {
      process.once('SIGINT', () => resolve())
      process.once('SIGTERM', () => resolve())
    }),
  }
}
