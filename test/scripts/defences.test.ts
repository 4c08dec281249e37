import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type Defence, textFaults } from '../../scripts/defence-texts.ts'
import { DEFENCES } from '../../scripts/defences.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const files: Record<string, string> = {
  'src/a.ts': 'if (known) allow()\nif (known) tell()\n',
  'test/a.test.ts': '',
}
const read = (file: string) => files[file] ?? null
const row = { row: 'H1', without: 'asking', file: 'src/a.ts', replace: '', tests: 'test/a.test.ts' }

describe('the list of defences that are taken away', () => {
  it.each<[string, Partial<Defence> & Pick<Defence, 'find'>, RegExp[]]>([
    ['a text that stands there once', { find: 'allow()' }, []],
    ['a text that is gone', { find: 'refuse()' }, [/has this text 0 times instead of once: refuse\(\)$/]],
    ['a text that stands there twice', { find: 'if (known)' }, [/2 times/]],
    ['a further text that is gone', { find: 'allow()', also: [['hide()', '']] }, [/hide\(\)$/]],
    ['a file that has moved', { find: 'x', file: 'src/b.ts' }, [/there is no file src\/b\.ts$/]],
    ['a test that has moved', { find: 'allow()', tests: 'test/b.ts' }, [/no test file test\/b\.ts$/]],
  ])('%s', (_name, more, faults) => {
    const found = textFaults([{ ...row, ...more }], read)
    expect(found).toEqual(faults.map((fault) => expect.stringMatching(fault)))
  })

  it('fits the sources', () => {
    const here = (file: string) =>
      existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : null
    expect(DEFENCES.length).toBeGreaterThan(100)
    expect(textFaults(DEFENCES, here)).toEqual([])
  })
})
