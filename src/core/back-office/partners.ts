import type { Operator } from '../command/command.ts'
import { acceptor, type AcceptorInput, type AcceptorRow, type AcceptorUpdate } from '../nouns/acceptor.ts'
import { channel, type ChannelInput, type ChannelRow, type ChannelUpdate } from '../nouns/channel.ts'
import type { SetupCore } from './act.ts'
import { addDescribed, updateDescribed } from './described.ts'

// Channels (which take codes) and acceptors (which redeem them) ask nothing besides what their descriptions say.

/** Adds a channel (Lakala: its id is the owner_id, at most 8 characters there). The name is the id where absent. */
export const addChannel = (core: SetupCore, operator: Operator, input: ChannelInput): Promise<ChannelRow> =>
  addDescribed(core, operator, channel, input)

/** Changes a channel's name, and those settings that are given; one given as `undefined` goes back to its default. */
export const updateChannel = (core: SetupCore, operator: Operator, input: ChannelUpdate): Promise<ChannelRow> =>
  updateDescribed(core, operator, channel, input)

/** Adds an acceptor (its id is the Shoubei wire's inst_no). */
export const addAcceptor = (core: SetupCore, operator: Operator, input: AcceptorInput): Promise<AcceptorRow> =>
  addDescribed(core, operator, acceptor, input)

export const updateAcceptor = (core: SetupCore, operator: Operator, input: AcceptorUpdate): Promise<AcceptorRow> =>
  updateDescribed(core, operator, acceptor, input)
