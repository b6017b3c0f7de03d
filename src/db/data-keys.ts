import type { Queryable, Tx } from './client/client.ts'

type DataKeyRow = {
  id: number
  purpose: 'encryption' | 'hash' | 'codes'
  isCurrent: boolean
  wrapped: Buffer
  createdAt: Date
}

export async function readDataKeys(sql: Queryable): Promise<DataKeyRow[]> {
  return sql<DataKeyRow[]>`select * from data_keys order by id`
}

/** Adds a key, unless another process has just added one with the same id. */
export async function insertDataKey(tx: Queryable, key: DataKeyRow): Promise<void> {
  await tx`
    insert into data_keys (id, purpose, is_current, wrapped, created_at)
    values (${key.id}, ${key.purpose}, ${key.isCurrent}, ${key.wrapped}, ${key.createdAt})
    on conflict (id) do nothing`
}

/** Replaces the wrapped bytes of keys, in the caller's transaction. */
export async function rewrapDataKeys(tx: Tx, keys: Pick<DataKeyRow, 'id' | 'wrapped'>[]): Promise<void> {
  for (const key of keys) await tx`update data_keys set wrapped = ${key.wrapped} where id = ${key.id}`
}
