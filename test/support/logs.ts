import type { Logger } from '../../src/index.ts'

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly fields: Readonly<Record<string, unknown>>
  readonly message: string
}

/** A logger that keeps what it is told. */
export function recordLogs() {
  const lines: LogLine[] = []
  const at =
    (level: LogLine['level']): Logger['info'] =>
    (fields, message = '') =>
      void lines.push({ level, fields: fields as Record<string, unknown>, message })
  const logger: Logger = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  return { lines, logger }
}
