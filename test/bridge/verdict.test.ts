import { describe, expect, it } from 'vitest'
import { actionsFor, canReload, type PageAction, REMEDIES } from '../../src/bridge/diagnosis/actions.ts'
import type { PageFinding } from '../../src/bridge/diagnosis/diagnose.ts'
import { type VerdictFacts, verdictOf } from '../../src/bridge/diagnosis/verdict.ts'
import type { FlowState, LinkState } from '../../src/bridge/types.ts'
import { findingsOf } from '../../src/core/findings/finding.ts'
import { PAGE_FINDINGS, type PageFindingId } from '../../src/core/findings/page-table.ts'
import type { Bootstrap, ModuleName } from '../../src/core/pages/page-data.ts'

const finding = findingsOf(PAGE_FINDINGS)
const found = (...ids: readonly PageFindingId[]): readonly PageFinding[] => ids.map((id) => finding(id))

/** What is known, the colour, the sentence, and the buttons with the big one first. */
interface Row {
  readonly title: string
  readonly facts: Partial<VerdictFacts>
  readonly tone: 'good' | 'busy' | 'bad' | 'idle'
  readonly reason: PageFindingId | null
  readonly others?: readonly PageFindingId[]
  readonly main: PageAction | null
  readonly all: readonly PageAction[]
}

const failed = { link: 'disconnected', outcome: 'failed' } as const
const down = { link: 'connecting', outcome: 'waiting' } as const
const up = { link: 'connected', outcome: 'connected' } as const

const TABLE: readonly Row[] = [
  {
    title: 'the page has just been opened',
    facts: { link: 'disconnected', outcome: null },
    ...{ tone: 'busy', reason: null, main: null, all: ['logout'] },
  },
  {
    title: 'connecting',
    facts: { ...down, findings: found('still-connecting') },
    ...{ tone: 'busy', reason: null, main: null, all: ['logout'] },
  },
  {
    title: 'connecting to an address that cannot work: the link may still come, but it is said at once',
    facts: { ...down, findings: found('address-container', 'still-connecting') },
    ...{ tone: 'busy', reason: null, others: ['address-container'], main: null, all: ['logout'] },
  },
  {
    title: 'connected',
    facts: up,
    ...{ tone: 'good', reason: null, main: null, all: ['leave', 'logout'] },
  },
  {
    title: 'connected, and something is to be repaired',
    facts: { ...up, findings: found('aircraft-missing', 'storage', 'no-aircraft') },
    ...{ tone: 'good', reason: null, others: ['aircraft-missing', 'storage'], main: null },
    all: ['leave', 'logout'],
  },
  {
    title: 'connected for Pilot, and not for the server',
    facts: { ...up, findings: found('not-really-connected') },
    ...{ tone: 'busy', reason: 'not-really-connected', main: 'reconnect' },
    all: ['reconnect', 'copy', 'leave', 'logout'],
  },
  {
    title: 'connected, and the server does not answer the page: nobody knows what flies',
    facts: { ...up, outcome: 'failed', findings: found('server-unreachable') },
    ...{ tone: 'busy', reason: 'server-unreachable', main: 'retry' },
    all: ['retry', 'copy', 'leave', 'logout'],
  },
  {
    title: 'connected, and the page has no network',
    facts: { ...up, findings: found('no-network', 'server-unreachable') },
    ...{ tone: 'busy', reason: 'no-network', others: [], main: 'retry' },
    all: ['retry', 'copy', 'leave', 'logout'],
  },
  {
    title: 'connected, and the values are old',
    facts: { ...up, valuesOld: true },
    ...{ tone: 'busy', reason: null, main: null, all: ['leave', 'logout'] },
  },
  {
    title: 'connecting: old values are normal',
    facts: { ...down, valuesOld: true },
    ...{ tone: 'busy', reason: null, main: null, all: ['logout'] },
  },
  {
    title: 'stuck',
    facts: { ...down, findings: found('lost-on-leave', 'address-localhost', 'link-down', 'certificate') },
    ...{ tone: 'bad', reason: 'link-down', others: ['address-localhost', 'certificate'] },
    main: 'reconnect',
    all: ['reconnect', 'copy', 'logout'],
  },
  {
    title: 'no network',
    facts: { ...down, findings: found('no-network', 'server-unreachable', 'link-down') },
    ...{ tone: 'bad', reason: 'no-network', others: [], main: 'retry' },
    all: ['retry', 'copy', 'logout'],
  },
  {
    title: 'the server is away',
    facts: { ...failed, outcome: 'waiting', findings: found('server-unreachable') },
    ...{ tone: 'bad', reason: 'server-unreachable', main: 'retry', all: ['retry', 'copy', 'logout'] },
  },
  {
    title: 'the licence is malformed: nothing on this controller repairs it',
    facts: { ...failed, findings: found('license-malformed') },
    ...{ tone: 'bad', reason: 'license-malformed', main: 'copy', all: ['copy', 'logout'] },
  },
  {
    title: 'the licence was not confirmed: the Internet may help',
    facts: { ...failed, findings: found('license') },
    ...{ tone: 'bad', reason: 'license', main: 'retry', all: ['retry', 'copy', 'logout'] },
  },
  {
    title: 'an old Pilot',
    facts: { ...failed, findings: found('pilot-outdated') },
    ...{ tone: 'bad', reason: 'pilot-outdated', main: null, all: ['copy', 'logout'] },
  },
  {
    title: 'a failure that no finding explains',
    facts: failed,
    ...{ tone: 'bad', reason: null, main: 'retry', all: ['retry', 'copy', 'logout'] },
  },
  {
    title: 'the pilot has disconnected, and the page is still there',
    facts: { ...failed, outcome: 'connected', gone: true, findings: found('no-serial') },
    ...{ tone: 'bad', reason: null, others: [], main: 'reload', all: ['reload', 'logout'] },
  },
  {
    title: 'an ordinary browser',
    facts: { link: 'disconnected', outcome: 'outside', findings: found('page-http') },
    ...{ tone: 'idle', reason: null, others: [], main: null, all: ['logout'] },
  },
]

describe('the verdict and its buttons', () => {
  it.each(TABLE)('$title', ({ facts: given, tone, reason, others = [], main, all }) => {
    const facts: VerdictFacts = { ...up, gone: false, findings: [], ...given }
    const verdict = verdictOf(facts)
    expect([verdict.tone, verdict.finding?.id ?? null]).toEqual([tone, reason])
    expect(verdict.others.map(({ id }) => id)).toEqual(others)
    const bridge = facts.outcome === 'outside' ? 'absent' : 'present'
    expect(actionsFor({ verdict, link: facts.link, bridge, gone: facts.gone })).toEqual({ main, all })
  })

  it('never offers to disconnect without a connection, nor a button twice, and the big one first', () => {
    const links: readonly LinkState[] = ['connected', 'connecting', 'disconnected']
    for (const id of [null, ...(Object.keys(PAGE_FINDINGS) as PageFindingId[])]) {
      for (const link of links) {
        const findings = id === null ? [] : found(id)
        const verdict = verdictOf({ link, outcome: 'failed', gone: false, findings })
        const { main, all } = actionsFor({ verdict, link, bridge: 'present', gone: false })
        expect(all.includes('leave'), `${id} ${link}`).toBe(link === 'connected')
        expect(new Set(all).size).toBe(all.length)
        if (main !== null) expect(all[0]).toBe(main)
      }
    }
  })

  it('knows how each reason ends', () => {
    for (const id of Object.keys(PAGE_FINDINGS) as PageFindingId[]) {
      const { finding: reason } = verdictOf({ ...failed, gone: false, findings: found(id) })
      if (reason !== null) expect(REMEDIES, id).toHaveProperty([id])
    }
  })

  it('tells each finding that is no reason of its own as another one, but not what is normal', () => {
    const all = Object.keys(PAGE_FINDINGS) as PageFindingId[]
    const { others, finding: reason } = verdictOf({ ...up, gone: false, findings: found(...all) })
    expect(reason?.id).toBe('no-network')
    expect(others.map(({ id }) => id)).toEqual(
      all.filter(
        (id) =>
          [
            'no-network',
            'server-unreachable',
            'link-down',
            'certificate',
            'lost-on-leave',
            'ws-down',
          ].indexOf(id) < 0 && PAGE_FINDINGS[id].severity !== 'info',
      ),
    )
  })
})

describe('loading a module again', () => {
  const modules = [
    { name: 'api', needs: [] },
    { name: 'thing', needs: [] },
    { name: 'ws', needs: ['api', 'thing'] },
    { name: 'tsa', needs: ['api', 'thing', 'ws'] },
    { name: 'media', needs: ['api', 'thing'] },
  ] as unknown as Bootstrap['modules']
  const LOADED = { api: 'loaded', thing: 'loaded', ws: 'loaded', tsa: 'loaded', media: 'failed' } as const
  const WELL = {
    bridge: 'present',
    verified: true,
    bootstrap: { modules } as Bootstrap,
    modules: LOADED,
    link: 'connected',
    ws: 'connected',
  } as unknown as FlowState
  const reloadable = (change: Partial<FlowState>): readonly ModuleName[] =>
    (['api', 'thing', 'ws', 'tsa', 'media', 'mission'] as const).filter((name) =>
      canReload(name, { ...WELL, ...change }),
    )

  it.each<[string, Partial<FlowState>, readonly ModuleName[]]>([
    ['all is well', {}, ['api', 'thing', 'ws', 'tsa', 'media']],
    ['the licence is refused', { verified: false }, []],
    ['there is no bridge', { bridge: 'absent' }, []],
    ['nothing is known', { bootstrap: null }, []],
    ['the link is down', { link: 'connecting' }, ['api', 'thing']],
    ['the WebSocket is down', { ws: 'connecting' }, ['api', 'thing', 'ws', 'media']],
    ['api has failed', { modules: { ...LOADED, api: 'failed' } }, ['api', 'thing']],
  ])('where %s', (_, change, expected) => {
    expect(reloadable(change)).toEqual(expected)
  })
})
