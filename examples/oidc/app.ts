// The platform logs pilots in at an OpenID Connect provider. There is no password of ours.

import { djiCloud } from 'dji-cloud/express'
import { type OidcClaims, oidcLogin } from 'dji-cloud/oidc'
import express from 'express'

type Options = Parameters<typeof djiCloud>[0]

const harbour = { id: '5a5a5a5a-0000-4000-8000-0000000000f1', name: 'Harbour rescue' }

/** Groups of the provider decide who comes in, and as what. Everybody else is refused. */
function toUser({ name, groups }: OidcClaims) {
  const isIn = (group: string): boolean => Array.isArray(groups) && groups.includes(group)
  const username = String(name)
  if (isIn('harbour-pilots')) return { username, workspace: harbour }
  if (isIn('harbour-office')) return { username, workspace: harbour, role: 'web' as const }
  return null
}

/** @param provider issuer, and what the provider calls this platform; without it: the environment */
export function buildApp(
  options?: Options,
  provider: { readonly issuer?: string; readonly clientId?: string; readonly clientSecret?: string } = {},
) {
  const cloud = djiCloud({
    ...options,
    users: false,
    plugins: [oidcLogin({ ...provider, label: 'Example Login', scope: 'openid profile groups', toUser })],
  })
  const app = express()
  app.use(cloud)
  return { app, cloud }
}
