import type { ParsedOptions } from '../options/schema.ts'
import { chooseLanguage } from '../pages/texts/index.ts'
import type { HttpRequest } from './types.ts'

/** The language of the pages for this client. */
export function languageOf(
  { language, messages }: Pick<ParsedOptions['pages'], 'language' | 'messages'>,
  { headers }: Pick<HttpRequest, 'headers'>,
): string {
  const accept = headers['accept-language']
  return language ?? chooseLanguage(typeof accept === 'string' ? accept : undefined, messages)
}
