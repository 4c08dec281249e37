import { createHash, createHmac, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

type Claims = Record<string, unknown>

/** What this provider does otherwise than it should. Tests change it while it runs. */
export interface Bends {
  /** Changes the parameters with which it sends the browser back. */
  back: (parameters: URLSearchParams) => void
  claims: (claims: Claims) => Claims
  /** `stranger`: a key that it does not publish; `none`: unsigned; `public`: HS256, with its public key as the secret. */
  key: 'own' | 'stranger' | 'none' | 'public'
  metadata: (metadata: Claims) => Claims
  userInfo: (claims: Claims) => Claims | null | Promise<Claims>
  /** Answers of the token endpoint; null: as it should be. */
  token: (form: URLSearchParams) => { readonly status: number; readonly body: unknown } | null
  /** More fields of the answer of the token endpoint. */
  more: Claims
  /** True: takes a code as often as it comes, and needs no verifier. */
  isCareless: boolean
  /** Paths that never get an answer. */
  hangs: RegExp | null
}

/** A provider that can be made to lie: of a login only what goes over the wire, with real signatures. */
export async function startForgedProvider(clientId = 'dji-cloud') {
  const own = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const bends: Bends = {
    back: () => undefined,
    claims: (claims) => claims,
    key: 'own',
    metadata: (metadata) => metadata,
    userInfo: (claims) => claims,
    token: () => null,
    more: {},
    isCareless: false,
    hangs: null,
  }
  /** Path of each request, and the grant type at the token endpoint. */
  const asked: string[] = []
  const codes = new Map<string, { readonly challenge: string | null; readonly nonce: string | null }>()
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`

  const answers: Record<string, (url: URL, request: IncomingMessage) => Promise<unknown> | unknown> = {
    '/.well-known/openid-configuration': () =>
      bends.metadata({
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        userinfo_endpoint: `${issuer}/userinfo`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'],
        code_challenge_methods_supported: ['S256'],
        authorization_response_iss_parameter_supported: true,
      }),
    '/jwks': () => ({
      keys: [{ ...own.publicKey.export({ format: 'jwk' }), kid: 'k1', use: 'sig', alg: 'RS256' }],
    }),
    '/userinfo': () => bends.userInfo({ sub: 'f-1', name: 'Fay Forged', groups: ['harbour-pilots'] }),
    '/token': async (_url, request) => {
      let text = ''
      for await (const chunk of request) text += chunk
      const form = new URLSearchParams(text)
      asked.push(String(form.get('grant_type')))
      const bent = bends.token(form)
      if (bent !== null) return bent
      const code = form.get('code') ?? ''
      const known = codes.get(code)
      if (form.get('grant_type') === 'authorization_code' && !bends.isCareless) {
        codes.delete(code)
        const challenge = createHash('sha256')
          .update(form.get('code_verifier') ?? '')
          .digest('base64url')
        if (known === undefined || known.challenge !== challenge)
          return { status: 400, body: { error: 'invalid_grant' } }
      }
      const now = Math.floor(Date.now() / 1000)
      const nonce = known?.nonce
      const claims = {
        iss: issuer,
        aud: clientId,
        sub: 'f-1',
        iat: now,
        exp: now + 300,
        ...(nonce == null ? {} : { nonce }),
      }
      const id_token = jwt(bends.claims(claims))
      return { access_token: secret(), token_type: 'Bearer', expires_in: 300, id_token, ...bends.more }
    },
  }

  function jwt(claims: Claims): string {
    const alg = { own: 'RS256', stranger: 'RS256', none: 'none', public: 'HS256' }[bends.key]
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
    const body = `${part({ alg, kid: 'k1' })}.${part(claims)}`
    const pem = own.publicKey.export({ type: 'spki', format: 'pem' })
    const by = (key: KeyObject) => sign('sha256', Buffer.from(body), key).toString('base64url')
    const signature = {
      own: () => by(own.privateKey),
      stranger: () => by(stranger.privateKey),
      none: () => '',
      public: () => createHmac('sha256', pem).update(body).digest('base64url'),
    }[bends.key]()
    return `${body}.${signature}`
  }

  server.on('request', async (request, response) => {
    const url = new URL(request.url ?? '/', issuer)
    asked.push(url.pathname)
    if (bends.hangs?.test(url.pathname) === true) return
    if (url.pathname === '/authorize') {
      const { searchParams: given } = url
      const code = secret()
      codes.set(code, { challenge: given.get('code_challenge'), nonce: given.get('nonce') })
      const back = new URL(given.get('redirect_uri') ?? '')
      back.search = String(new URLSearchParams({ code, state: given.get('state') ?? '', iss: issuer }))
      bends.back(back.searchParams)
      return void response.writeHead(302, { location: back.href }).end()
    }
    const answer = (await answers[url.pathname]?.(url, request)) ?? { status: 404, body: {} }
    const { status, body } =
      typeof answer === 'object' && 'status' in answer && 'body' in answer
        ? (answer as { status: number; body: unknown })
        : { status: 200, body: answer }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })

  return {
    issuer,
    bends,
    asked,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const secret = (): string => randomBytes(16).toString('base64url')
