import { readEnvelope } from '../../core/pages/read-envelope.ts'
import { urlsFromLink } from '../../testing/page-urls.ts'

/** @returns `data` of the envelope. @throws Error with the platform's message */
export async function askApi(
  url: string,
  { body, token }: { readonly body?: object; readonly token?: string },
): Promise<Record<string, unknown>> {
  const answer = await fetch(url, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(token === undefined ? {} : { 'x-auth-token': token }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const { pathname } = new URL(url)
  const read = readEnvelope(await answer.text())
  if (read === null)
    throw new Error(`${pathname}: the answer is not from the platform (HTTP ${answer.status})`)
  if (read.code !== 0) throw new Error(`${pathname}: ${read.message} (HTTP ${answer.status})`)
  return (read.data ?? {}) as Record<string, unknown>
}

/** Ends the session of this token. If the platform cannot be reached, nothing needs to be done. */
export async function signOut(link: string, token: string): Promise<void> {
  const { href } = new URL(`${urlsFromLink(link).api}/logout`, link)
  await askApi(href, { body: {}, token }).catch(() => undefined)
}
