import type { PageFindingId } from '../../core/findings/page-table.ts'
import type { FlowOutcome, LinkState } from '../types.ts'
import type { PageFinding } from './diagnose.ts'

/** What a pilot has to see first: one colour, and the one thing that is wrong. */
export interface Verdict {
  /** `good`: online. `busy`: wait, or online with a doubt (without a finding: the values are old). `bad`: not online, and it does not get better by itself. `idle`: no controller. */
  readonly tone: 'good' | 'busy' | 'bad' | 'idle'
  /** The finding that is the reason; null: there is none, or the state of the link says it all. */
  readonly finding: PageFinding | null
  /** The other findings that somebody can do something about, the most severe first. */
  readonly others: readonly PageFinding[]
}

/** What decides about the verdict. */
export interface VerdictFacts {
  readonly link: LinkState
  /** Null: the flow has not come to an end for the first time. */
  readonly outcome: FlowOutcome['kind'] | null
  /** The pilot has disconnected, and Pilot has not closed the page. */
  readonly gone: boolean
  readonly findings: readonly PageFinding[]
  /** The link is up, but what the page shows of controller or aircraft is old. */
  readonly valuesOld?: boolean
}

/** Reasons for no connection. The first one that is found is the one to repair first. */
const REASONS: readonly PageFindingId[] = [
  'no-network',
  'server-unreachable',
  'server-refused',
  'license-missing',
  'license-malformed',
  'license',
  'workspace-id',
  'other-workspace',
  'device-in-use',
  'mqtt-none',
  'pilot-outdated',
  'pilot-refused',
  'old-engine',
  'link-down',
]

/**
 * Pilot says "connected". A page that gets no answer cannot know what flies, and if the server sees nothing of this
 * controller, "connected" alone would be a lie.
 */
const DOUBTS: readonly PageFindingId[] = ['no-network', 'server-unreachable', 'not-really-connected']

/** Findings that follow from another one: they would only hide what is to be done. */
const IMPLIED: Partial<Readonly<Record<PageFindingId, readonly PageFindingId[]>>> = {
  'no-network': ['server-unreachable', 'link-down', 'certificate', 'lost-on-leave', 'ws-down'],
  'server-unreachable': ['lost-on-leave', 'ws-down'],
  'license-missing': ['license'],
  'license-malformed': ['license'],
  'link-down': ['lost-on-leave', 'ws-down'],
}

/** A pure function: the same facts give the same verdict. */
export function verdictOf({ link, outcome, gone, findings, valuesOld = false }: VerdictFacts): Verdict {
  if (outcome === 'outside') return { tone: 'idle', finding: null, others: [] }
  if (gone) return { tone: 'bad', finding: null, others: [] }
  const reason = firstOf(link === 'connected' ? DOUBTS : REASONS, findings)
  const implied = (reason === null ? undefined : IMPLIED[reason.id]) ?? []
  return {
    tone: toneOf(link, outcome, reason, valuesOld),
    finding: reason,
    others: findings.filter(
      (one) => one !== reason && one.severity !== 'info' && implied.indexOf(one.id) < 0,
    ),
  }
}

function toneOf(
  link: LinkState,
  outcome: VerdictFacts['outcome'],
  reason: PageFinding | null,
  valuesOld: boolean,
): Verdict['tone'] {
  if (link === 'connected') return reason === null && !valuesOld ? 'good' : 'busy'
  return reason !== null || outcome === 'failed' ? 'bad' : 'busy'
}

function firstOf(ids: readonly PageFindingId[], findings: readonly PageFinding[]): PageFinding | null {
  for (const id of ids) {
    const found = findings.filter((one) => one.id === id)[0]
    if (found !== undefined) return found
  }
  return null
}
