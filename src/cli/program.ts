import { Command, CommanderError, Option } from 'commander'
import { isDjiCloudError } from '../core/errors.ts'
import { EXIT, type Terminal, UsageError } from './terminal.ts'
import { accessLink, duration, positive, whole } from './values.ts'

const USER = 'NAME or NAME:PASSWORD; the variables DJI_CLOUD_USER and DJI_CLOUD_PASSWORD are safer'
const FIELD = 'a field of the login form beside name and password; may be given several times'
const CODE = 'the code of the second step, if the login asks for one; better: it is asked for'
const collect = (value: string, before: readonly string[]): readonly string[] => [...before, value]

/**
 * Runs one command line, without the names of node and of the program.
 * @returns the exit code
 */
export async function run(words: readonly string[], terminal: Terminal, version = ''): Promise<number> {
  let code: number = EXIT.well
  const program = new Command('dji-cloud')
    .description('A DJI Cloud API platform in your Express or Koa app: set it up, try it, check it.')
    .version(version)
    .showHelpAfterError('(see --help)')
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
    .description('say what to add to this app, and write a new secret into .env')
    .option('-y, --yes', 'write without asking')
    .option('--json', 'as JSON')
    .action(does(async () => (await import('./commands/init.ts')).init))

  program
    .command('pilot')
    .description('run one virtual Pilot, and show each step: it opens the access link, logs in and flies')
    .argument('<url>', 'the access link, such as http://localhost:3000/pilot', accessLink)
    .option('-u, --user <name>', USER)
    .option('--field <name=value>', FIELD, collect, [])
    .option('--code <code>', CODE)
    .option('--preset <name>', 'a kind of controller: rc-pro, rc-plus, rc-plus-2, old-firmware')
    .option('--knob <name=value>', 'a knob of the virtual Pilot; may be given several times', collect, [])
    .option('--trace <file>', 'give the answers of a recorded controller')
    .option('--for <duration>', 'how long it flies, such as 30s; without it, until Ctrl-C', duration)
    .option('-v, --verbose', 'show every call and message')
    .option('--json', 'show each event as a line of JSON')
    .action(does(async () => (await import('./commands/pilot.ts')).pilot))

  program
    .command('fleet')
    .description('run many virtual Pilots at once, and measure rates, delays and losses')
    .argument('<url>', 'the access link', accessLink)
    .option('-u, --user <name>', USER)
    .option('--field <name=value>', FIELD, collect, [])
    .option('-c, --count <number>', 'controllers', whole('--count', 1, 10_000), 50)
    .option('-r, --rate <number>', 'reports per second from each device', positive('--rate', 20), 0.5)
    .option('--for <duration>', 'how long they fly', duration, 60_000)
    .option('--json', 'as JSON')
    .action(does(async () => (await import('./commands/fleet.ts')).fleet))

  program
    .command('doctor')
    .description("check a platform from the controller's side, and say what to change")
    .argument('<url>', 'the access link', accessLink)
    .option('-u, --user <name>', USER)
    .option('--field <name=value>', FIELD, collect, [])
    .option('--code <code>', CODE)
    .option('--local', 'the controller is this machine, so localhost is allowed')
    .option(
      '--ca <file>',
      'PEM file of an authority that your controllers trust, in addition to the public ones',
    )
    .option('--insecure', 'send the password even if the certificate cannot be trusted')
    .option('--json', 'as JSON')
    .action(does(async () => (await import('./commands/doctor.ts')).doctorCommand))

  const users = program
    .command('users')
    .description('manage the users of sqlUsers: add, list, disable, enable, password, move')
  const ofUsers = (name: string, description: string): Command =>
    users
      .command(name)
      .description(description)
      .option(
        '--database-url <url>',
        'postgres://user@host/database or sqlite:./cloud.db; the variable DATABASE_URL is safer',
      )
      .option('--schema <name>', 'the PostgreSQL schema that holds the tables')
      .option('--json', 'as JSON')
  const withPlace = (command: Command): Command =>
    command
      .option('--workspace <uuid>', 'the workspace')
      .option('--workspace-name <name>', 'its name; needed if it has no user yet')

  ofUsers('list', 'list all users').action(does(async () => (await import('./commands/users.ts')).list))
  withPlace(
    ofUsers('add', 'add a user; asks for the password, or reads it from the input').argument('<name>'),
  )
    .addOption(
      new Option('--role <role>', 'where the user logs in: pilot on controllers, web in browsers')
        .choices(['pilot', 'web'])
        .default('pilot'),
    )
    .option('--id <id>', 'the id of the user in tokens and events; without it, a random UUID')
    .option('--migrate', 'create or update the tables first')
    .action(does(async () => (await import('./commands/users.ts')).add))
  ofUsers('disable', 'refuse logins of a user, and end the open sessions')
    .argument('<name>')
    .action(does(async () => (await import('./commands/users.ts')).setDisabled(true)))
  ofUsers('enable', 'allow logins of a user again')
    .argument('<name>')
    .action(does(async () => (await import('./commands/users.ts')).setDisabled(false)))
  ofUsers('password', 'set a new password, asked for or read from the input, and end the open sessions')
    .argument('<name>')
    .action(does(async () => (await import('./commands/users.ts')).password))
  withPlace(
    ofUsers('move', 'move a user to another workspace, and end the open sessions').argument('<name>'),
  ).action(does(async () => (await import('./commands/users.ts')).move))

  program
    .command('texts')
    .description('print all texts of the pages for a translator, or check a translation')
    .argument('<language>', 'such as fr or pt-BR')
    .option('--check <file>', 'name what is missing or wrong in this translation')
    .option('--update <file>', 'add new texts to this translation, in English, and remove old ones')
    .option('--json', 'with --check: the findings as JSON')
    .action(does(async () => (await import('./commands/texts.ts')).texts))

  program
    .command('preview')
    .description('show every state of every page with your templates, and load them again when you save one')
    .option('--views <folder>', 'the folder with your templates', 'views')
    .option('--locals <file>', 'JSON file with your locals (views.locals)')
    .option('--messages <file>', 'JSON file with your texts by language (pages.messages)')
    .option('--static <path=folder>', 'serve the files of this folder below a path, such as /static=public')
    .option('--module <file>', 'JavaScript module with your theme, render and the pages of your plugins')
    .option('--lang <language>', 'the language to begin with', 'en')
    .option('--port <number>', 'the port; 0: any that is free', whole('--port', 0, 65_535), 0)
    .action(does(async () => (await import('./commands/preview.ts')).preview))

  program
    .command('eject')
    .description('copy a template of the pages, to change it')
    .argument('<name>', 'such as login, home or partials/header')
    .argument('[folder]', 'the folder for the copy', 'views')
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
