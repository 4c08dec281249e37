import { createPilotFlow } from '../../bridge/flow.ts'
import { createMemory } from '../../bridge/memory.ts'
import type { FlowOutcome, FlowState, FlowStep } from '../../bridge/types.ts'
import type { PageData } from '../../core/pages/page-data.ts'
import { createEnvironment, http, type Translate } from './browser.ts'
import { devicesUrl, showDevices } from './devices.ts'
import { createLogoutDialog } from './dialog.ts'
import { byId, onClick, setText, show } from './dom.ts'
import { copyReport, reportText } from './report.ts'
import { createStepList, nameOf, rawOf } from './steps.ts'

const DEVICES_EVERY_MS = 10_000

export function startHome(data: PageData, t: Translate): void {
  const steps = createStepList(t)
  const env = createEnvironment(data, { onStep, onState, onOutcome })
  const flow = createPilotFlow(env)
  const memory = createMemory(env.storage)
  const dialog = createLogoutDialog(() => void logOut())
  let outside = false

  onState(flow.state())
  void flow.run(data.bootstrap)

  function onStep(step: FlowStep): void {
    steps.show(step)
    if (step.id === 'session') show('unreachable', step.status === 'waiting')
  }

  function onState(state: FlowState): void {
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
      setText('platform', bootstrap.platform_name)
      show('licence', bootstrap.license === null)
    }
    setText('as-of', t('home.since', { time: new Date(state.at).toLocaleTimeString() }))
    if (state.bridge === 'present') claimPilot()
  }

  function onOutcome(outcome: FlowOutcome): void {
    const retry = byId('retry') as HTMLButtonElement | null
    if (retry !== null) retry.disabled = false
    if (outcome.kind === 'login') {
      location.replace(
        outcome.reason === null ? data.urls.login : `${data.urls.login}?reason=${outcome.reason}`,
      )
      return
    }
    outside = outcome.kind === 'outside'
    show('outside', outside)
    show('retry', outcome.kind !== 'connected' && !outside)
    show('problem', false)
    if (outcome.kind === 'failed') showProblem(outcome.step)
    if (outcome.kind === 'waiting') showWaiting()
    onState(flow.state())
    if (outside) void pollDevices()
  }

  function showProblem(step: FlowStep, raw = rawOf(step)): void {
    // An unconfigured licence and a server out of reach have their own notices.
    show('problem', step.hint !== 'hint.licence_missing' && step.id !== 'session')
    const notice = byId('problem')
    if (notice !== null) notice.className = `notice notice-${step.status === 'failed' ? 'bad' : 'warn'}`
    setText('problem-title', `${nameOf(step, t)}: ${t(`status.${step.status}`)}`)
    setText('problem-hint', step.hint === null ? '' : t(step.hint))
    setText('problem-raw', raw)
    // Said once, above: not again in the list.
    const line = document.querySelector<HTMLElement>(`[data-step="${step.id}"] .step-hint`)
    if (line !== null) line.hidden = true
  }

  /** What it waits for. For the link that is the address: the first thing to check (facts F3). */
  function showWaiting(): void {
    const waiting = steps.all().filter(({ status, hint }) => status === 'waiting' && hint !== null)[0]
    if (waiting === undefined) return
    const address = steps.all().filter(({ id }) => id === 'credentials')[0]
    showProblem(
      waiting,
      waiting.id === 'connect:thing' && address !== undefined ? rawOf(address) : rawOf(waiting),
    )
  }

  /** Assigned on the bridge, not on window (facts A4). */
  function claimPilot(): void {
    const bridge = window.djiBridge
    if (bridge === undefined) return
    // True keeps Pilot here: the arrow closes the question first. Otherwise it leaves, and the connection stays.
    bridge.onBackClick = () => dialog.close()
    bridge.onStopPlatform = () => flow.leave()
  }

  async function pollDevices(): Promise<void> {
    const url = devicesUrl(data.urls.api, flow.state())
    if (url !== null) showDevices(await http({ method: 'GET', url, token: memory.token() }), t)
    window.setTimeout(() => void pollDevices(), DEVICES_EVERY_MS)
  }

  async function logOut(): Promise<void> {
    setText('logout-confirm', t('logout.busy'))
    await flow.logout()
    // Pilot closes the page by itself; an ordinary browser does not.
    location.replace(`${data.urls.login}?reason=signed_out`)
  }

  onClick('retry', () => {
    const retry = byId('retry') as HTMLButtonElement
    retry.disabled = true
    void flow.run(null)
  })
  onClick('copy', () => copyReport(reportText(flow.state(), steps.all(), t), t))
  onClick('logout', () => dialog.open())
}
