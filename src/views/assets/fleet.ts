import { createAuthClient } from '../../bridge/access.ts'
import { browserEnvironment, browserHttp } from '../../bridge/browser.ts'
import type { TokenStatus } from '../../bridge/types.ts'
import type { Fleet } from '../../core/pages/fleet.ts'
import { askEvery, type LiveState, liveOf } from '../../core/pages/fleet-live.ts'
import { viewOfFleet } from '../../core/pages/fleet-view.ts'
import type { Bootstrap, PageData } from '../../core/pages/page-data.ts'
import { copyText } from './copy-text.ts'
import { byId, onClick, setText, show } from './dom.ts'
import { createFleetList } from './fleet-list.ts'
import { createFleetSocket } from './fleet-socket.ts'
import { createFleetStore } from './fleet-store.ts'
import { openToPlugins } from './for-plugins.ts'
import { watchLife } from './life.ts'
import type { Translate } from './translate.ts'

const TICK_MS = 1_000

/** The page for ordinary browsers: the aircraft of the workspace, live. */
export function startFleet(data: PageData, t: Translate): void {
  const env = browserEnvironment(data.urls)
  const access = createAuthClient(env)
  const { keeper, memory, server } = access
  const store = createFleetStore()
  const list = createFleetList(data.language, t)
  const filter = byId('filter') as HTMLInputElement | null
  openToPlugins(data, t, memory.token)
  let failingSince: number | null = null
  let askedAt = 0
  let asking = false
  /** Asked for while a question was on its way: its answer may be from before. */
  let again = false
  let leaving = false
  const socket = createFleetSocket(env.base || location.origin, memory.token, {
    onPush: store.push,
    // What happened while the connection was down came by no push.
    onOpen: askNow,
    onChange: draw,
    onEnded: () => void checkToken(),
  })

  setText('address', `${location.origin}${data.urls.access}`)
  void begin()
  window.setInterval(tick, TICK_MS)
  watchLife(wake, draw)

  async function begin(): Promise<void> {
    await checkToken()
    if (leaving) return
    socket.open()
    await ask()
    if (keeper.token !== null) showWho(await keeper.authorized((token) => server.bootstrap(token)))
  }

  /** Asks the server for this login. @returns after the page has gone to the login page, if there is no valid one */
  async function checkToken(): Promise<void> {
    judge(await access.resolveToken())
  }

  function judge(situation: TokenStatus): void {
    if (situation.kind === 'none' || situation.kind === 'login')
      goTo(situation.kind === 'none' ? data.urls.login : `${data.urls.login}?reason=${situation.reason}`)
  }

  function goTo(url: string): void {
    leaving = true
    socket.close()
    location.replace(url)
  }

  function showWho({ status, data: given }: { readonly status: number; readonly data: unknown }): void {
    if (status !== 200) return
    const { workspace, user } = given as Bootstrap
    setText('who', [workspace.name, user.username].filter((name) => name !== '').join(' · '))
  }

  /** Also while a question is on its way: then as soon as that is answered. */
  function askNow(): void {
    again = asking
    void ask()
  }

  async function ask(): Promise<void> {
    if (asking || leaving) return
    asking = true
    askedAt = Date.now()
    store.asking()
    const url = data.urls.fleet_devices
    const answer = await keeper.authorized((token) => browserHttp({ method: 'GET', url, token }))
    asking = false
    if (answer.status === 401) {
      again = false
      return checkToken()
    }
    if (answer.status === 200 && answer.code === 0) {
      failingSince = null
      if (store.take(answer.data as Fleet)) socket.renew()
    } else failingSince = failingSince || askedAt
    draw()
    // Not after a refusal: the token is checked, and a second check would lose the reason that the login page shows.
    if (again) {
      again = false
      await ask()
    }
  }

  function live(): LiveState {
    return liveOf({ now: Date.now(), failingSince, ...socket.facts() })
  }

  function tick(): void {
    if (leaving) return
    // Pilot may inject its bridge late (facts A3): then this is a controller after all.
    if (window.djiBridge !== undefined) {
      goTo(data.urls.home)
      return
    }
    if (document.visibilityState === 'hidden') {
      // Only what has come meanwhile is put together.
      store.fleet()
      return
    }
    const isDue = store.wantsAnswer() || Date.now() - askedAt >= askEvery(live())
    if (isDue) void ask()
    if (keeper.refreshAt !== null && Date.now() >= keeper.refreshAt) void keeper.refresh().then(judge)
    draw()
  }

  function wake(): void {
    socket.open()
    askNow()
  }

  function draw(): void {
    const state = live()
    const away = state.kind === 'away'
    showLive(state)
    const fleet = store.fleet()
    if (fleet === null) return
    const query = filter === null ? '' : filter.value.trim()
    list.show(viewOfFleet(fleet, store.serverNow(), query), query, away)
    show('loading', false)
  }

  function showLive(state: LiveState): void {
    byId('live')?.setAttribute('data-live', state.kind)
    document.body.setAttribute('data-away', String(state.kind === 'away'))
    show('retry', state.kind === 'away')
    const time = 'since' in state ? new Date(state.since).toLocaleTimeString(data.language) : ''
    setText('live-words', t(`fleet.live.${state.kind}`, { time }))
  }

  async function logOut(): Promise<void> {
    const held = memory.token()
    leaving = true
    socket.close()
    if (held !== null) await server.logout(held)
    keeper.drop()
    location.replace(`${data.urls.login}?reason=signed_out`)
  }

  onClick('retry', wake)
  onClick('logout', () => void logOut())
  onClick('copy-address', () => copyText('copy-address', `${location.origin}${data.urls.access}`, t))
  for (const id of ['show-all', 'filter-clear'])
    onClick(id, () => {
      if (filter === null) return
      filter.value = ''
      draw()
      filter.focus()
    })
  if (filter !== null) filter.addEventListener('input', draw)
}
