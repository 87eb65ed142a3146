/** Session locks of PostgreSQL, one of each kind for each schema. PostgreSQL frees them when their connection ends, however it ends. */
interface LockKind {
  /** SQL that takes it if it is free. `schema` is an SQL expression. */
  take(schema: string): string;
  /** SQL that takes it beside others who share it. */
  share(schema: string): string;
  release(schema: string): string;
  /** SQL that tells whether anybody has it. */
  isHeld(schema: string): string;
}

/** "x0t" and the kind, as PostgreSQL's first key of an advisory lock. */
const CLASS = 0x783074_00;

function lockKind(kind: number): LockKind {
  const id = CLASS + kind;
  const key = (schema: string) => `${id}, hashtext(${schema})`;
  return {
    take: (schema) => `pg_try_advisory_lock(${key(schema)})`,
    share: (schema) => `pg_try_advisory_lock_shared(${key(schema)})`,
    release: (schema) => `pg_advisory_unlock(${key(schema)})`,
    isHeld: (schema) =>
      `EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND granted AND classid = ${id}
        AND objid = (hashtext(${schema})::bigint & 4294967295)::oid
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))`,
  };
}

/** Held by the one indexer that writes a schema. */
export const WRITER = lockKind(1);
/** Shared by the replicas that read it. */
export const READER = lockKind(2);
