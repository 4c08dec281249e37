/** When a user is checked again. ms. */
export interface StandingRules {
  readonly checkMs: number
  readonly maxAgeMs: number
}

/** Times of one login. ms since the epoch. */
export interface StandingFacts {
  /** The provider or the host has refused the user. */
  readonly isOver: boolean
  /** When the provider last vouched for the user. */
  readonly confirmedAt: number
  /** When the provider is asked again. */
  readonly dueAt: number
}

/** `known`: the last answer still counts. `due`: ask again. `over`: the user has to log in again. */
export type Standing = 'known' | 'due' | 'over'

/** Asking begins early and a look comes often enough, so that a user is checked within `checkMs`, and not only after it. */
const DUE_SHARE = 0.8

/** How often all sessions are looked at. */
export const lookEveryMs = ({ checkMs }: StandingRules): number => Math.floor(checkMs * (1 - DUE_SHARE))

/** After an answer of the provider. */
export const nextCheckAt = (now: number, { checkMs }: StandingRules): number => now + checkMs * DUE_SHARE

/** After no answer: soon, but not with each request. */
export const nextTryAt = (now: number, rules: StandingRules): number =>
  now + Math.min(60_000, lookEveryMs(rules))

export function standingOf(facts: StandingFacts, now: number, rules: StandingRules): Standing {
  if (facts.isOver) return 'over'
  return now >= facts.dueAt ? 'due' : lastWord(facts, now, rules)
}

/** What counts if the provider cannot be asked. */
export const lastWord = (
  { isOver, confirmedAt }: Pick<StandingFacts, 'isOver' | 'confirmedAt'>,
  now: number,
  { maxAgeMs }: StandingRules,
): 'known' | 'over' => (isOver || now - confirmedAt >= maxAgeMs ? 'over' : 'known')
