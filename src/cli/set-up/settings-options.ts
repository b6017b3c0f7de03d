import { given } from '../../core/back-office/fields.ts'

/** The settings that were given as options; nothing at all where none was. */
export function settingsFrom<Settings extends object>(options: Settings): { settings?: Partial<Settings> } {
  const settings = given(options)
  return Object.keys(settings).length === 0 ? {} : { settings }
}
