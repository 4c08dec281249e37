// Stands for the provider that a team already has: Keycloak, Entra ID, Okta. It is a real one (oidc-provider) with a login page of a
// few lines. Nothing of it is needed beside a provider of your own.

import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Configuration, Provider } from 'oidc-provider'
import { MEMBERS } from './directory.ts'
import { loginPage, logoutPage } from './pages.ts'

export const CLIENT = { id: 'dji-cloud', secret: 'an-obviously-fake-client-secret' }

export interface ExampleProvider {
  readonly issuer: string
  readonly provider: Provider
  close(): Promise<void>
}

/**
 * @param host the name in its addresses. The default is another site than 127.0.0.1, as a real provider is another site than the platform
 * @param more replaces parts of its configuration
 */
export async function startProvider(
  { port = 0, host = 'localhost' }: { readonly port?: number; readonly host?: string } = {},
  more: Configuration = {},
): Promise<ExampleProvider> {
  const server = createServer()
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const issuer = `http://${host}:${(server.address() as AddressInfo).port}`
  const provider = new Provider(issuer, { ...configuration(), ...more })
  const oidc = provider.callback()
  server.on('request', (request, response) => {
    const work = request.url?.startsWith('/interaction/') === true ? logIn(provider, request, response) : null
    if (work === null) oidc(request, response)
    else work.catch(() => response.writeHead(400).end('This login is over. Go back and begin again.'))
  })
  return {
    issuer,
    provider,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const configuration = (): Configuration => ({
  clients: [
    {
      client_id: CLIENT.id,
      client_secret: CLIENT.secret,
      grant_types: ['authorization_code', 'refresh_token'],
      // Of a native client the port of a loopback address does not count, and this example may run at any.
      application_type: 'native',
      token_endpoint_auth_method: 'client_secret_basic',
      redirect_uris: ['http://127.0.0.1/oidc/callback', 'http://localhost/oidc/callback'],
      post_logout_redirect_uris: ['http://127.0.0.1/oidc/signed-out', 'http://localhost/oidc/signed-out'],
    },
  ],
  claims: { openid: ['sub'], profile: ['name', 'preferred_username'], groups: ['groups'] },
  scopes: ['openid', 'profile', 'groups', 'offline_access'],
  // Who is not in the directory any more gets no new tokens.
  async findAccount(_context, sub) {
    const member = MEMBERS.find((one) => one.sub === sub)
    if (member === undefined) return undefined
    const { name, login, groups } = member
    return { accountId: sub, claims: () => ({ sub, name, preferred_username: login, groups: [...groups] }) }
  },
  issueRefreshToken: (_context, client) => client.grantTypeAllowed('refresh_token'),
  interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
  // The team's own platform: nobody is asked for consent.
  async loadExistingGrant({ oidc }) {
    const { client, session } = oidc
    const grant = new oidc.provider.Grant({
      clientId: client?.clientId ?? '',
      accountId: session?.accountId ?? '',
    })
    grant.addOIDCScope('openid profile groups offline_access')
    await grant.save()
    return grant
  },
  features: {
    devInteractions: { enabled: false },
    rpInitiatedLogout: {
      logoutSource(context, form) {
        context.body = logoutPage(form)
      },
    },
  },
  pkce: { required: () => true },
  cookies: { keys: ['an-obviously-fake-key-of-this-example'] },
  ttl: {
    AccessToken: 300,
    IdToken: 300,
    AuthorizationCode: 60,
    RefreshToken: 86_400,
    Session: 86_400,
    Grant: 86_400,
    Interaction: 600,
  },
})

/** The page of an interaction, and what is typed there. */
async function logIn(provider: Provider, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { uid, prompt } = await provider.interactionDetails(request, response)
  // Native clients make it ask each time. This one is the team's own.
  if (prompt.name === 'consent')
    return provider.interactionFinished(request, response, { consent: {} }, { mergeWithLastSubmission: true })
  if (request.method === 'POST') {
    const form = await formOf(request)
    if (form.has('cancel')) {
      const result = { error: 'access_denied', error_description: 'The user has cancelled the login.' }
      return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false })
    }
    const member = MEMBERS.find(
      ({ login, password }) => login === form.get('login') && password === form.get('password'),
    )
    if (member !== undefined)
      return provider.interactionFinished(
        request,
        response,
        { login: { accountId: member.sub } },
        { mergeWithLastSubmission: false },
      )
  }
  response.setHeader('content-type', 'text/html; charset=utf-8')
  response.end(loginPage(uid, request.method === 'POST'))
}

async function formOf(request: IncomingMessage): Promise<URLSearchParams> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk
    if (text.length > 10_000) throw new Error('too long')
  }
  return new URLSearchParams(text)
}
