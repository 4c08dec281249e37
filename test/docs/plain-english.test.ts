import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** Forms that readers had to read twice. Each is wrong in every text, so that the list needs no exceptions. */
const RIDDLES: readonly (readonly [form: RegExp, instead: string])[] = [
  [/\bwhoever\b/i, 'name the person: "a client that ...", "you"'],
  [/\b(?:put|puts|putting) out\b/i, 'marks offline, disconnects'],
  [/\bhang(?:s|ing)? on\b/i, 'name what belongs to it'],
  [/\blast words\b/i, 'late messages'],
  [/\b(?:nothing|nobody) else (?:does|is|has|may|can)\b/i, 'say who or what does'],
  [/\bis not (?:ours|theirs|yours) to\b/i, 'must not, does not'],
  [/\bin good order\b/i, 'with DISCONNECT, with a logout'],
  [/\bof (?:our|its|their) making\b/i, 'issued here'],
  [/\bhas the last word\b/i, 'gives the current state, wins'],
  // To some readers it means the pilot, to others the people who run the server. In backticks it is a word to avoid.
  [/(?<!`)\boperators?\b(?!`)/i, 'the pilot, or the administrator'],
  [/(?<!neither\b.{0,120})\bnor\b/i, 'and ... not'],
  [/(?<!\bthere )\bis no (?!longer\b|more\b)/i, 'is not a ...'],
  [/\/\*\* Of /, 'name the thing: "The name of ...", "For a gateway: ..."'],
  [/\blikewise\b/i, 'repeat the words'],
  [/\bwith whom\b/i, 'the user who has it'],
  [/\b(?:whatever|whichever)\b/i, 'any'],
  [/\bof (?:ours|theirs)\b/i, 'our, issued here, of the platform'],
  [/\b(?:hold|holds|holding|held) up\b/i, 'delays, blocks'],
  [
    /\bworkspaces? (?:that )?(?:already )?(?:holds|held)\b/i,
    'a workspace owns a device; a gateway holds an aircraft',
  ],
  [/\bbrokers? elsewhere\b/i, 'an external broker'],
  [/\ba bound on memory\b/i, 'limits the memory'],
  [/\brejects when (?:the|its) \w+(?: \w+)? does\b/i, 'rejects if the ... fails'],
  [/\bin the clear\b/i, 'without encryption'],
  [/\bwhose it (?:is|was)\b/i, 'its owner, the user of it'],
  [/\byou cannot tell\b/i, 'you cannot find out'],
  [/\bit is tried again\b/i, 'say who tries again: "The platform tries again"'],
  // Of time it is plain; as a reason it has to be read twice.
  [
    /, since (?=(?:it|they|that|this|there|a|an|the|its|their|every|nobody|some) )(?!the (?:start|last))/i,
    'because',
  ],
]

/** One line for each file: comments lose their line ends and stars, so that a form is found across two lines. */
const joined = (text: string): string => text.replace(/\s*\n\s*(?:\*(?!\/)|\/\/)?\s*/g, ' ')

async function filesOf(): Promise<readonly string[]> {
  const below = async (folder: string, ends: RegExp) =>
    (await readdir(join(root, folder), { recursive: true }))
      .filter((file) => ends.test(file))
      .map((file) => join(folder, file))
  return [
    'README.md',
    'SECURITY.md',
    'CONTRIBUTING.md',
    ...(await below('docs', /\.md$/)),
    ...(await below('src', /(?<!\.gen)\.(?:ts|ejs|css|html)$/)),
  ]
}

it.each(RIDDLES)('no comment, message or page says %s', async (form, instead) => {
  const files = await filesOf()
  expect(files.length).toBeGreaterThan(300)
  const found: string[] = []
  for (const file of files) {
    const text = joined(await readFile(join(root, file), 'utf8'))
    const all = new RegExp(form.source, 'gi')
    for (const { index } of text.matchAll(all))
      found.push(`${file}: "...${text.slice(Math.max(0, index - 40), index + 60)}..."; write: ${instead}`)
  }
  expect(found).toEqual([])
})
