import type { PageFindingId } from '../../core/findings/page-table.ts'
import type { ModuleName } from '../../core/pages/page-data.ts'
import type { FlowState, LinkState } from '../types.ts'
import type { Verdict } from './verdict.ts'

/**
 * What a pilot can do on the page. `retry`: runs the flow again, with fresh data of the server. `reconnect`: loads the link to the
 * cloud again, with fresh address and credentials. `reload`: loads the page again. `copy`: copies the report for the people who
 * run the server. `leave`: disconnects and keeps the login. `logout`: ends the session.
 */
export type PageAction = 'retry' | 'reconnect' | 'reload' | 'copy' | 'leave' | 'logout'

/** The buttons of a page. */
export interface Offered {
  /** The action that can help; null: there is none, or none is needed. */
  readonly main: PageAction | null
  /** Everything that can be done, the main action first. What is not here would do nothing. */
  readonly all: readonly PageAction[]
}

/** What decides about the buttons. */
export interface ActionFacts {
  readonly verdict: Pick<Verdict, 'tone' | 'finding'>
  readonly link: LinkState
  readonly bridge: 'absent' | 'present'
  /** The pilot has disconnected, and Pilot has not closed the page. */
  readonly gone: boolean
}

/** How each finding is ended on this page. */
interface Remedy {
  /** What a pilot does here; null: nothing on this page. */
  readonly main: 'retry' | 'reconnect' | 'reload' | 'copy' | null
  /** True: do it first, and what the finding says to a pilot only if that does not help. */
  readonly first?: true
}

/** The findings that can be the reason of a verdict. */
export const REMEDIES: Partial<Readonly<Record<PageFindingId, Remedy>>> = {
  'no-network': { main: 'retry' },
  'server-unreachable': { main: 'retry' },
  'server-refused': { main: 'retry' },
  'license-missing': { main: 'copy' },
  'license-malformed': { main: 'copy' },
  license: { main: 'retry' },
  'workspace-id': { main: 'copy' },
  'other-workspace': { main: 'copy' },
  'device-in-use': { main: 'retry' },
  'mqtt-none': { main: 'retry' },
  'pilot-outdated': { main: null },
  'pilot-refused': { main: 'retry', first: true },
  'old-engine': { main: 'reload' },
  'link-down': { main: 'reconnect' },
  'not-really-connected': { main: 'reconnect' },
}

/** A pure function: which buttons the page shows, and which of them is the big one. */
export function actionsFor({ verdict, link, bridge, gone }: ActionFacts): Offered {
  const { tone, finding } = verdict
  if (tone === 'idle') return { main: null, all: ['logout'] }
  if (gone) return { main: 'reload', all: ['reload', 'logout'] }
  const remedy = finding === null ? undefined : REMEDIES[finding.id]
  const main = remedy === undefined ? (tone === 'bad' ? 'retry' : null) : remedy.main
  const all: PageAction[] = main === null ? [] : [main]
  if (main !== 'copy' && (finding !== null || tone === 'bad')) all.push('copy')
  // There is something to disconnect only while there is a connection.
  if (link === 'connected' && bridge === 'present') all.push('leave')
  all.push('logout')
  return { main, all }
}

/** Whether loading this module again can work: the licence is verified, and everything that the module needs is up. */
export function canReload(
  name: ModuleName,
  { bridge, verified, bootstrap, modules, link, ws }: FlowState,
): boolean {
  const row = bootstrap === null ? undefined : bootstrap.modules.filter((module) => module.name === name)[0]
  if (bridge !== 'present' || !verified || row === undefined) return false
  return row.needs.every(
    (needed) =>
      modules[needed] === 'loaded' &&
      (needed !== 'thing' || link === 'connected') &&
      (needed !== 'ws' || ws === 'connected'),
  )
}
