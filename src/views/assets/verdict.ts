import { type Offered, REMEDIES } from '../../bridge/diagnosis/actions.ts'
import type { PageFinding } from '../../bridge/diagnosis/diagnose.ts'
import type { Verdict } from '../../bridge/diagnosis/verdict.ts'
import type { FlowState } from '../../bridge/types.ts'
import { findingForPilot } from './diagnosis.ts'
import { byId, fill, make, setText, show } from './dom.ts'
import type { Translate } from './translate.ts'

export interface Told {
  readonly verdict: Verdict
  readonly offered: Offered
  /** The pilot has disconnected, and Pilot has not closed the page. */
  readonly gone: boolean
}

/** Shows the verdict: the coloured bar at the top, and below it what pilot and server side do. */
export function createVerdict(language: string, t: Translate): (state: FlowState, told: Told) => void {
  let reason = ''
  let since = 0

  const time = (at: number): string => new Date(at).toLocaleTimeString(language)

  return (state, { verdict, offered, gone }) => {
    const { tone, finding } = verdict
    const id = finding === null ? '' : finding.id
    if (id !== reason) {
      reason = id
      // A link is down from its loss on, not from the moment at which the page gives up hope.
      since = id === 'link-down' ? state.linkSince : Date.now()
    }
    // A hook for styles of the host: it may colour its own parts by the state.
    document.body.setAttribute('data-dji-cloud-tone', tone)
    const bar = byId('link')
    if (bar !== null) {
      bar.setAttribute('data-tone', tone)
      bar.setAttribute('data-link', tone === 'idle' ? 'outside' : state.link)
    }
    const [word, text] = words()
    setText('link-word', word)
    setText('link-text', text)
    setText('as-of', t('home.since', { time: time(state.at) }))
    show('link-facts', tone !== 'idle')

    show('stuck', finding !== null || verdict.others.length > 0)
    show('problem', finding !== null)
    if (finding !== null) explain(finding)
    show('stuck-more', verdict.others.length > 0)
    fill(
      'stuck-list',
      verdict.others.map((one) => findingForPilot(one, t)),
    )

    function words(): readonly [string, string] {
      if (tone === 'idle') return [t('link.outside'), t('link.outside.text')]
      if (gone) return [t('link.disconnected'), t('link.gone.text')]
      if (finding !== null && state.link === 'connected' && id !== 'not-really-connected')
        return [t('link.unheard'), t('link.unheard.text', { time: time(since) })]
      if (finding !== null) return [t(`finding.${finding.id}`), t(moreAbout(id), { time: time(since) })]
      if (tone === 'busy' && state.link === 'connected') return [t('link.old'), t('link.old.text')]
      const link = tone === 'good' ? 'connected' : tone === 'bad' ? 'disconnected' : 'connecting'
      return [t(`link.${link}`), t(`link.${link}.text`)]
    }

    function explain(one: PageFinding): void {
      fill(
        'todo',
        stepsFor(one, offered, t).map((step) => make('li', '', [step])),
      )
      setText('tell-title', t(offered.main === 'copy' ? 'stuck.server' : 'stuck.server.else'))
      show('tell', one.server !== null)
      if (one.server === null) return
      setText(
        'tell-say',
        t('stuck.say', {
          what: t(`finding.${one.id}`),
          controller: state.gateway || t('home.unknown'),
          workspace: state.bootstrap === null ? t('home.unknown') : state.bootstrap.workspace.name,
          time: time(since),
        }),
      )
      setText('tell-code', one.id)
      setText('tell-evidence', one.evidence || '')
      setText('tell-fix', t(`finding.${one.id}.server`))
    }
  }
}

/** Findings that end without anybody's help once the cause is gone. */
const BY_ITSELF = ['no-network', 'server-unreachable', 'mqtt-none']

function moreAbout(id: string): string {
  if (id === 'link-down') return 'link.stuck.text'
  if (id === 'not-really-connected') return 'link.doubt.text'
  return BY_ITSELF.indexOf(id) >= 0 ? 'link.away.text' : 'link.failed.text'
}

/** Two steps for the pilot. Both are something to do: what the finding says, the button that can help, or to open the page again. */
function stepsFor({ id, pilot }: PageFinding, { main }: Offered, t: Translate): readonly string[] {
  const remedy = REMEDIES[id]
  const button = t(main === null ? 'do.reopen' : `do.${main}`)
  if (pilot === null) return [button, t(main === 'copy' ? 'do.reopen' : 'do.copy')]
  const advice = t(`finding.${id}.pilot`)
  return remedy !== undefined && remedy.first === true ? [button, advice] : [advice, button]
}
