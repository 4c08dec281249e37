import type { Problem } from '../checking/explain.ts'
import { DjiCloudError } from '../errors.ts'
import { VARIABLES } from './environment.ts'

/** One thing that is wrong with the options, and how to repair it. Never holds the value: it may be a secret. */
export interface Fault {
  readonly option: string
  readonly variable: string | null
  readonly fix: string
}

export const fault = (option: string, fix: string): Fault => ({
  option,
  variable: VARIABLES[option] ?? null,
  fix,
})

export const faultsOf = (problems: readonly Problem[]): Fault[] =>
  problems.map(({ path, text }) => fault(path, text))

/** One text for the log of a process that could not start. */
function describeFaults(faults: readonly Fault[], production: boolean): string {
  const lines = faults.map(
    ({ option, variable, fix }) => `  - ${option}${variable === null ? '' : ` (or ${variable})`}: ${fix}`,
  )
  const mode = production ? ' with NODE_ENV=production' : ''
  return `dji-cloud cannot start${mode}: ${faults.length} ${faults.length === 1 ? 'fault' : 'faults'} in its options\n${lines.join('\n')}`
}

export const refusedOptions = (faults: readonly Fault[], production = false): DjiCloudError =>
  new DjiCloudError('OPTIONS', { message: describeFaults(faults, production), data: { faults } })
