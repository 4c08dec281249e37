import type { Terminal } from '../../src/cli/terminal.ts'

export interface FakeTerminal extends Terminal {
  readonly out: string[]
  readonly err: string[]
  /** Questions that were asked. */
  readonly asked: string[]
  interrupt(): void
}

interface Given {
  readonly cwd?: string
  readonly env?: Record<string, string>
  /** Answers, in order; without any, nobody is there to ask. */
  readonly answers?: readonly string[]
  /** What is piped in. */
  readonly input?: string
  readonly onLine?: (line: string) => void
}

export function fakeTerminal({
  cwd = '/nowhere',
  env = {},
  answers,
  input,
  onLine,
}: Given = {}): FakeTerminal {
  const out: string[] = []
  const err: string[] = []
  const asked: string[] = []
  const left = [...(answers ?? [])]
  let interrupt = (): void => undefined
  const interrupted = new Promise<void>((resolve) => {
    interrupt = resolve
  })
  const ask = async (question: string): Promise<string> => {
    asked.push(question)
    return left.shift() ?? ''
  }
  return {
    cwd,
    env,
    out,
    err,
    asked,
    interrupted,
    interrupt: () => interrupt(),
    interactive: answers !== undefined,
    print(line) {
      out.push(line)
      onLine?.(line)
    },
    complain: (line) => void err.push(line),
    progress: () => undefined,
    ask,
    askSecret: ask,
    input: async () => input ?? null,
    paint: (_colour, text) => text,
  }
}
