import type { TextKey } from '../texts/en.ts'
import type { State } from './types.ts'

/** The buttons that cannot always do something. */
export type ButtonId =
  | 'back'
  | 'exit'
  | 'leave'
  | 'silence'
  | 'expire'
  | 'revoke'
  | 'fly'
  | 'clear-path'
  | 'readings-set'
  | 'readings-auto'

/** For each button, why it can do nothing now. Null: it can. @param points of the path on the map */
export function buttonsOf(state: State, points: number): Readonly<Record<ButtonId, TextKey | null>> {
  const { native, aircraft, network, loggedIn } = state
  const closed: TextKey | null = native.pageOpen ? null : 'why.closed'
  const nobody: TextKey | null = loggedIn ? null : 'why.nobody'
  const offline: TextKey | null = native.mqtt === 'connected' ? null : 'why.offline'
  const noAircraft: TextKey | null = aircraft === null ? 'why.aircraft' : null
  return {
    back: closed,
    exit: native.pageOpen || native.workspaceId !== null ? null : 'why.closed',
    leave: closed,
    silence: network ? null : 'why.cut',
    expire: nobody,
    revoke: nobody,
    fly: noAircraft ?? offline ?? (points === 0 ? 'why.path' : null),
    'clear-path': noAircraft,
    'readings-set': offline,
    'readings-auto': offline,
  }
}

/** Whether a new controller would end something that runs. */
export const isRunning = ({ native, loggedIn }: State): boolean =>
  native.pageOpen || loggedIn || native.mqtt !== 'idle'
