/** Somebody who works here. */
export interface Staff {
  readonly id: string
  readonly name: string
  /** Plain, because this is an example: a real directory keeps a hash, or nothing. */
  readonly password: string
  readonly workspace: { readonly id: string; readonly name: string }
}

const workspace = { id: '5a5a5a5a-0000-4000-8000-0000000000f1', name: 'Harbour rescue' }
const elsewhere = { id: '5a5a5a5a-0000-4000-8000-0000000000f2', name: 'Mountain rescue' }

/** Stands for a directory of the team. */
export const STAFF: Staff[] = [
  { id: 'staff-1', name: 'Ada Example', password: 'a-fake-password', workspace },
  { id: 'staff-2', name: 'Ben Example', password: 'another-fake-password', workspace },
  { id: 'staff-3', name: 'Zoe Example', password: 'a-third-fake-password', workspace: elsewhere },
]
