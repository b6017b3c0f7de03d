import { type Command, InvalidArgumentError, Option } from 'commander'
import { addApp, updateApp, type AppInput } from '../../core/back-office/apps.ts'
import { given } from '../../core/back-office/fields.ts'
import { pairKey } from '../../core/set-up/snapshot.ts'
import type { CommandContext } from '../context.ts'
import { exchangeSignTypes } from '../../wire/exchange-signature.ts'
import { CommandError, exitCodes } from '../errors.ts'
import type { Report } from '../output.ts'
import { list, whole } from '../parse.ts'
import type { Run } from '../run.ts'
import { appReads } from './app-reads.ts'
import { addReads } from './reads.ts'
import { handOver, readInbound, readOutbound, type KeyOptions } from './key-files.ts'
import { registerRotateKey } from './rotate-key.ts'
import { settingsFrom } from './settings-options.ts'
import { addSwitches } from './switches.ts'

type Scene = 'make' | 'verify'
type SharedOptions = {
  name?: string
  tolerance?: number
  requestsPerSecond?: number
  networks?: string[]
  signAnswers?: boolean
  takeUnsigned?: boolean
  scene?: Record<string, Scene>
  callbackSignType?: 'SHA256-RSA' | 'MD5'
}
type AddOptions = SharedOptions & KeyOptions & { channels?: string[]; acceptor?: string; backOffice?: boolean }
type UpdateOptions = SharedOptions & { addChannels?: string[]; removeChannels?: string[] }

/** The faces that apps can be of. */
const faces = ['lakala', 'shoubei', 'whale', 'exchange']

export function registerApp(program: Command, run: Run): void {
  const group = program.command('app').description('apps: the credentials of partners, and their keys')
  withSettings(group.command('add <face> <id>').description(`add an app of a face (${faces.join(', ')})`))
    .option('--channels <ids>', 'the channels that it acts for, with commas (lakala, whale, exchange)', list)
    .option('--acceptor <id>', 'the acceptor that it acts for (shoubei)')
    .option('--back-office', 'it sets the hub up instead: an ERP (whale)')
    .option('--public-key <file>', "the partner's public key or certificate, as PEM (lakala, whale, exchange)")
    .option('--serial-no <no>', "the serial number of the partner's key; without it, any is taken")
    .option('--secret-file <file>', 'the secret that the partner signs with, in a file (shoubei, exchange)')
    .addOption(new Option('--hub-key <file>', "the hub's private key as PEM (default: one is made)"))
    .option('--hub-serial-no <no>', "the serial number of the hub's key (default: from the key)")
    .action(run.onHub((context, options: AddOptions, ...ids) => addOne(context, ids, options)))
  withSettings(group.command('update <face> <id>').description('change what is given'))
    .option('--add-channels <ids>', 'channels that it acts for besides, with commas', list)
    .option('--remove-channels <ids>', 'channels that it acts for no more, with commas', list)
    .action(run.onHub((context, options: UpdateOptions, ...ids) => updateOne(context, ids, options)))
  registerRotateKey(group, run)
  addReads(group, run, appReads)
  addSwitches(group, run, 'app', '<face> <id>')
}

const withSettings = (command: Command): Command =>
  command
    .option('--name <name>', 'what people call it (when added: the id)')
    .option('--tolerance <seconds>', 'how far time stamps may be from our clock (default 300)', whole(1, 3600))
    .option('--requests-per-second <n>', 'more than these are refused', whole(1, 1_000_000))
    .option('--networks <cidrs>', 'the addresses that it may be used from, with commas (default: any)', list)
    .option('--sign-answers', 'sign answers where the face leaves that open (the default)')
    .option('--no-sign-answers', 'do not sign them')
    .option('--take-unsigned', 'take its requests without a signature: in a sandbox only (whale)')
    .option('--no-take-unsigned', 'take none (the default)')
    .option(
      '--scene <word=scene...>',
      'the words of the ERP for the scenes of its rules: 门店核销=verify (whale)',
      sceneWordsOf,
    )
    .addOption(
      new Option('--callback-sign-type <type>', 'how callbacks are signed where it has both keys (exchange)').choices(
        exchangeSignTypes,
      ),
    )

function sceneWordsOf(text: string, before: Record<string, Scene> = {}): Record<string, Scene> {
  const [word = '', scene, ...rest] = text.split('=')
  if (word === '' || rest.length > 0 || (scene !== 'make' && scene !== 'verify'))
    throw new InvalidArgumentError('It must be a word and its scene: 门店核销=verify, or …=make.')
  return { ...before, [word]: scene }
}

const settingsOf = ({ config }: CommandContext, options: SharedOptions, isBackOffice?: boolean) => {
  const {
    tolerance: toleranceSeconds,
    requestsPerSecond,
    networks,
    signAnswers,
    takeUnsigned,
    callbackSignType,
    scene,
  } = options
  if (takeUnsigned === true && !config.isSandbox) {
    throw new CommandError('usage', '--take-unsigned is for sandboxes: sign the requests.', exitCodes.usage)
  }
  const signing = { isAnswerSigned: signAnswers, isUnsignedTaken: takeUnsigned, callbackSignType }
  return settingsFrom({ toleranceSeconds, requestsPerSecond, networks, ...signing, sceneWords: scene, isBackOffice })
}

async function addOne(context: CommandContext, [face = '', id = '']: string[], options: AddOptions): Promise<Report> {
  if (!faces.includes(face)) {
    throw new CommandError('usage', `There is no face ${face}: it is one of ${faces.join(', ')}.`, exitCodes.usage)
  }
  const { name, channels: channelIds, acceptor: acceptorId } = options
  const inbound = await readInbound(context, options)
  const outbound = await readOutbound(context, options)
  const rest = given({ name, channelIds, acceptorId, outbound })
  const input: AppInput = { face, id, inbound, ...rest, ...settingsOf(context, options, options.backOffice) }
  const added = await addApp(await context.core(), context.operator, input)
  const lines = [`App ${id} is added.`, ...handOver(added)]
  return { value: added, lines }
}

async function updateOne(
  context: CommandContext,
  [face = '', id = '']: string[],
  options: UpdateOptions,
): Promise<Report> {
  const { name, addChannels: addChannelIds, removeChannels: removeChannelIds } = options
  const input = { face, id, ...given({ name, addChannelIds, removeChannelIds }), ...settingsOf(context, options) }
  const updated = await updateApp(await context.core(), context.operator, input)
  return { value: updated, lines: [`App ${pairKey(face, id)} is changed.`] }
}
