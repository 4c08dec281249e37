import type { FlowState } from '../../bridge/types.ts'
import type { Translate } from './browser.ts'
import { byId, setText, show } from './dom.ts'

/** Shows the state of the connection and who is logged in. @param outside true in an ordinary browser, without a bridge */
export function showStatus(state: FlowState, outside: boolean, language: string, t: Translate): void {
  const link = outside ? 'outside' : state.link
  const element = byId('link')
  if (element !== null) element.setAttribute('data-link', link)
  setText('link-word', t(`link.${link}`))
  setText('link-text', t(`link.${link}.text`))
  setText('gateway', state.gateway || t('home.unknown'))
  setText('aircraft', state.aircraft || t('home.none'))
  const { bootstrap } = state
  if (bootstrap !== null) {
    setText('workspace', bootstrap.workspace.name)
    setText('user', bootstrap.user.username)
    // A user with the role `web` never gets it.
    show('license', bootstrap.license === null && bootstrap.user.role === 'pilot')
  }
  const time = (at: number): string => new Date(at).toLocaleTimeString(language)
  setText('as-of', t('home.since', { time: time(state.at) }))
  const { reachedAt, failingSince } = state.server
  const last = reachedAt === null ? '' : t('home.server', { time: time(reachedAt) })
  setText('unreachable-more', last)
  setText('offline-more', last)
  show('unreachable', failingSince !== null && byId('offline')?.hidden !== false)
}
