/** The migrated database of the run's PostgreSQL server, from which all others are copied. Nobody connects to it. */
export const templateDatabase = 'quanhub_template'
