import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { styleText } from 'node:util'

/** Input, output and environment of a command. Tests pass their own. */
export interface Terminal {
  readonly cwd: string
  readonly env: Readonly<Record<string, string | undefined>>
  /** True: a person sits at the terminal and can be asked. */
  readonly interactive: boolean
  print(line: string): void
  complain(line: string): void
  /** Shows a line that the next one replaces; null removes it. Does nothing without a terminal. */
  progress(line: string | null): void
  ask(question: string): Promise<string>
  /** Asks without showing what is typed. */
  askSecret(question: string): Promise<string>
  /** All of the input of the program, such as a file or a pipe; null: the input is a terminal. */
  input(): Promise<string | null>
  paint(color: Color, text: string): string
  /** Resolves at Ctrl-C and at SIGTERM. */
  readonly interrupted: Promise<void>
}

export type Color = 'green' | 'red' | 'yellow' | 'cyan' | 'dim' | 'bold'

/** 0: all is well. 1: a problem was found. 2: wrong arguments. 3: no problem was found, but some checks were not made. */
export const EXIT = { well: 0, unwell: 1, usage: 2, incomplete: 3 } as const

/** Wrong arguments. The user sees only its message, without a stack trace. */
export class UsageError extends Error {}

/** No colors without a terminal, or if NO_COLOR is set and not empty (https://no-color.org). */
export const wantsColor = (env: Terminal['env'], isTerminal: boolean): boolean =>
  isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb'

export function systemTerminal(): Terminal {
  const { stdin, stdout, stderr, env } = process
  const shown = stdout.isTTY === true
  const color = wantsColor(env, shown)
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
      // readline writes what is typed to its output, so give it an output that shows nothing.
      const typed = await question('', new Writable({ write: (_chunk, _encoding, done) => done() }))
      stdout.write('\n')
      return typed
    },
    async input() {
      if (stdin.isTTY === true) return null
      const chunks: Buffer[] = []
      for await (const chunk of stdin) chunks.push(Buffer.from(chunk))
      return Buffer.concat(chunks).toString('utf8')
    },
    paint: (name, text) => (color ? styleText(name, text, { validateStream: false }) : text),
    interrupted: new Promise((resolve) => {
      process.once('SIGINT', () => resolve())
      process.once('SIGTERM', () => resolve())
    }),
  }
}
