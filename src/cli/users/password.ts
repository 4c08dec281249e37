import { type Terminal, UsageError } from '../terminal.ts'

const SHORTEST = 8

/**
 * A new password. It is asked for twice without showing it, or it is the first line of the input. It is never an
 * argument, because everybody on the machine can read those.
 * @throws UsageError
 */
export async function newPassword(username: string, terminal: Terminal): Promise<string> {
  const piped = await terminal.input()
  if (piped !== null) return checked(piped.split(/\r?\n/, 1)[0] ?? '')
  if (!terminal.interactive)
    throw new UsageError(
      'No password was given. Write it to the input: printf %s "$PASSWORD" | npx dji-cloud users ...',
    )
  const password = checked(await terminal.askSecret(`New password of ${username}: `))
  if ((await terminal.askSecret('Once more: ')) !== password)
    throw new UsageError('The two passwords are not the same. Nothing was changed.')
  return password
}

function checked(password: string): string {
  if ([...password].length < SHORTEST)
    throw new UsageError(
      `The password is too short: it needs at least ${SHORTEST} characters. Nothing was changed.`,
    )
  return password
}
