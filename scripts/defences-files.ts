import type { Defence } from './defence-texts.ts'

const row = (defence: Omit<Defence, 'row' | 'tests'>): Defence => ({
  row: 'files',
  tests: 'test/files/attacks.test.ts',
  ...defence,
})
const plugin = (file: string): string => `src/plugins/files/${file}`

/** The defences of the storage of files. */
export const FILES: readonly Defence[] = [
  row({
    without: 'the check that a key is below the prefix of the credentials',
    file: plugin('objects.ts'),
    find: 'isBelow(key, grant.prefix)',
    replace: 'true',
    name: 'another prefix',
  }),
  row({
    without: 'the end of temporary credentials',
    file: plugin('temporary-keys.ts'),
    find: "if (now >= expiresAt) return 'expired'",
    replace: '',
    name: 'credentials end at their time',
  }),
  row({
    without: 'the comparison of clocks',
    file: plugin('verify.ts'),
    find: 'signedAt < now - SKEW_MS',
    replace: 'false',
    name: 'a quarter of an hour later',
  }),
  row({
    without: 'the check that headers of S3 are signed',
    file: plugin('authorization.ts'),
    find: 'if (unsigned !== undefined)',
    replace: 'if (unsigned === null)',
    name: 'that is not signed is refused',
  }),
  row({
    without: 'the signatures of the pieces of a body',
    file: plugin('chunks.ts'),
    find: "if (!isSameSecret(sign(key, text), signature)) throw new Refusal('SignatureDoesNotMatch')\n      last",
    replace: 'last',
    name: 'a changed one is refused',
  }),
]
