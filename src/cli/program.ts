import { Command, CommanderError, Option } from 'commander'
import { isDjiCloudError } from '../core/errors.ts'
import { EXIT, type Terminal, UsageError } from './terminal.ts'
import { accessLink, duration, positive, whole } from './values.ts'

const USER = 'NAME or NAME:PASSWORD; better the variables DJI_CLOUD_USER and DJI_CLOUD_PASSWORD'
const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value]

/**
 * Runs one command line, without the names of node and of the program.
 * @returns the exit code
 */
export async function run(words: readonly string[], terminal: Terminal, version = ''): Promise<number> {
  let code: number = EXIT.well
  const program = new Command('dji-cloud')
    .description('A DJI Cloud API platform in your Express or Koa app: set it up, try it, look at it.')
    .version(version)
    .showHelpAfterError('(--help says more)')
    .configureOutput({
      writeOut: (text) => terminal.print(text.trimEnd()),
      writeErr: (text) => terminal.complain(text.trimEnd()),
    })
    .exitOverride()
  // Each command loads its own code when it is called.
  const does =
    <Arguments extends unknown[]>(
      load: () => Promise<(terminal: Terminal, ...rest: Arguments) => Promise<number>>,
    ) =>
    async (...rest: Arguments): Promise<void> => {
      code = await (await load())(terminal, ...rest)
    }

  program
    .command('init')
    .description('say what to add to this app, and write a .env with a secret of its own')
    .option('-y, --yes', 'write without asking')
    .option('--json', 'as JSON')
    .action(does(async () => (await import('./commands/init.ts')).init))

  program
    .command('pilot')
    .description('one virtual Pilot: opens the access link, logs in, flies; its steps live')
    .argument('<url>', 'the access link, such as http://localhost:3000/pilot', accessLink)
    .option('-u, --user <name>', USER)
    .option('--preset <name>', 'a controller by name: rc-pro, rc-plus, rc-plus-2, old-firmware')
    .option('--knob <name=value>', 'a knob of the virtual Pilot; may be given several times', collect, [])
    .option('--trace <file>', 'answer as a recorded controller did')
    .option('--for <duration>', 'how long it stays, such as 30s; otherwise until Ctrl-C', duration)
    .option('-v, --verbose', 'every call and message')
    .option('--json', 'one event a line, as JSON')
    .action(does(async () => (await import('./commands/pilot.ts')).pilot))

  program
    .command('fleet')
    .description('many virtual Pilots at once; rates, delays and losses')
    .argument('<url>', 'the access link', accessLink)
    .option('-u, --user <name>', USER)
    .option('-c, --count <number>', 'controllers', whole('--count', 1, 10_000), 50)
    .option('-r, --rate <number>', 'reports a second of each device', positive('--rate', 20), 0.5)
    .option('--for <duration>', 'how long they fly', duration, 60_000)
    .option('--json', 'as JSON')
    .action(does(async () => (await import('./commands/fleet.ts')).fleet))

  program
    .command('doctor')
    .description("look at a platform from the controller's side, and say what to change")
    .argument('<url>', 'the access link', accessLink)
    .option('-u, --user <name>', USER)
    .option('--local', 'the controller is this machine: localhost is fine')
    .option('--ca <file>', 'PEM of an authority that your controllers trust beside the public ones')
    .option('--insecure', 'send the password also where the certificate cannot be trusted')
    .option('--json', 'as JSON')
    .action(does(async () => (await import('./commands/doctor.ts')).doctorCommand))

  const users = program
    .command('users')
    .description('who may log in, with sqlUsers: add, list, disable, enable, password, move')
  const ofUsers = (name: string, description: string): Command =>
    users
      .command(name)
      .description(description)
      .option(
        '--database-url <url>',
        'postgres://user@host/database or sqlite:./cloud.db; better the variable DATABASE_URL',
      )
      .option('--schema <name>', 'the PostgreSQL schema that holds the tables')
      .option('--json', 'as JSON')
  const withPlace = (command: Command): Command =>
    command
      .option('--workspace <uuid>', 'the workspace')
      .option('--workspace-name <name>', 'its name; needed if nobody is in it yet')

  ofUsers('list', 'all of them').action(does(async () => (await import('./commands/users.ts')).list))
  withPlace(
    ofUsers('add', 'a new user; the password is asked for, or read from the input').argument('<name>'),
  )
    .addOption(
      new Option('--role <role>', 'who logs in where: pilot at controllers, web in browsers')
        .choices(['pilot', 'web'])
        .default('pilot'),
    )
    .option('--id <id>', 'what tokens and events name; otherwise a random UUID')
    .option('--migrate', 'bring the tables up to date first')
    .action(does(async () => (await import('./commands/users.ts')).add))
  ofUsers('disable', 'may not log in any more; open sessions end')
    .argument('<name>')
    .action(does(async () => (await import('./commands/users.ts')).setDisabled(true)))
  ofUsers('enable', 'may log in again')
    .argument('<name>')
    .action(does(async () => (await import('./commands/users.ts')).setDisabled(false)))
  ofUsers('password', 'a new password, asked for or read from the input; open sessions end')
    .argument('<name>')
    .action(does(async () => (await import('./commands/users.ts')).password))
  withPlace(ofUsers('move', 'to another workspace; open sessions end').argument('<name>')).action(
    does(async () => (await import('./commands/users.ts')).move),
  )

  program
    .command('eject')
    .description('copy a template of the pages, to change it')
    .argument('<name>', 'such as login, home or partials/header')
    .argument('[folder]', 'where to', 'views')
    .action(does(async () => (await import('./commands/eject.ts')).ejectCommand))

  try {
    if (words.length === 0) {
      program.outputHelp()
      return EXIT.usage
    }
    await program.parseAsync([...words], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.well : EXIT.usage
    if (error instanceof UsageError || (isDjiCloudError(error) && error.code === 'OPTIONS')) {
      terminal.complain(terminal.paint('red', error.message))
      return EXIT.usage
    }
    terminal.complain(terminal.paint('red', error instanceof Error ? error.message : String(error)))
    return EXIT.unwell
  }
}
