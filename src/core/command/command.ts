/** What every command carries. */
export type Command = {
  /** Given when the request is received. What the command writes carries it, so that a re-run finds its own effect. */
  no: string
  /** After this instant nobody waits for the answer any more: the command is dropped before it is decided. */
  deadline: Date
}
