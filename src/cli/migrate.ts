import type { Command } from 'commander'
import { migrate } from '../db/client/migrate.ts'
import type { CommandContext } from './context.ts'
import type { Report } from './output.ts'
import type { Run } from './run.ts'

export function registerMigrate(program: Command, run: Run): void {
  program
    .command('migrate')
    .description('bring the database up to date (every command and server does so when it starts)')
    .action(run.onHub(migrateNow))
}

async function migrateNow(context: CommandContext): Promise<Report> {
  const { applied } = await migrate(await context.database(), { log: (line) => context.output.error(line) })
  const lines = applied.length === 0 ? ['The database is up to date.'] : [`Applied ${applied.length} migrations.`]
  return { value: { applied }, lines }
}
