import { readImportedCodePage, readRequestNumberPage } from '../../../db/proof/pages.ts'
import type { PageCheck } from './check.ts'

export const codeChecks: PageCheck[] = [
  {
    name: 'request_number',
    readPage: readRequestNumberPage,
    isForFull: true,
    say: (hash) => `till number ${hash} (hashed) names a redemption that is not there`,
    toDo: 'Find the redemption in a backup: it was deleted. A till that repeats its request hears "system error" until it is back.',
  },
  {
    name: 'imported_code',
    readPage: readImportedCodePage,
    isForFull: true,
    say: (hash) => `imported code ${hash} (hashed) is not where it should be`,
    toDo: 'Find the code of the pool, or its coupon, in a backup: until it is back the code cannot be redeemed.',
  },
]
