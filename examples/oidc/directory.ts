/** Somebody who works here, as the directory behind the provider has them. */
export interface Member {
  /** Never changes, and never goes to somebody else. */
  readonly sub: string
  readonly login: string
  readonly name: string
  /** Plain, because this is an example: a real directory keeps a hash, or nothing. */
  readonly password: string
  readonly groups: readonly string[]
}

/** Stands for a directory of the team. Who is taken out of it is locked out. */
export const MEMBERS: Member[] = [
  {
    sub: 'm-1001',
    login: 'ada',
    name: 'Ada Example',
    password: 'a-fake-password',
    groups: ['harbour-pilots'],
  },
  {
    sub: 'm-1002',
    login: 'ben',
    name: 'Ben Example',
    password: 'another-fake-password',
    groups: ['canteen'],
  },
  {
    sub: 'm-1003',
    login: 'eva',
    name: 'Eva Example',
    password: 'a-third-fake-password',
    groups: ['harbour-office'],
  },
]
