// The documented environment variables, read in one place. An empty variable counts as unset. What a value means,
// and whether it is acceptable, is decided by whoever uses it.

export interface Environment {
  /** SWEEP_SERVER */
  readonly server: string
  /** SWEEP_TOKEN */
  readonly token: string | undefined
  /** SWEEP_TOKEN_FILE */
  readonly tokenFile: string | undefined
  /** SWEEP_PROJECT */
  readonly project: string | undefined
  /** SWEEP_DATA */
  readonly dataDir: string
  /** Whether SWEEP_DATA was given. */
  readonly isDataDirGiven: boolean
  /** SWEEP_ADMIN_TOKEN */
  readonly adminToken: string | undefined
  /** REDIS_URL */
  readonly redisUrl: string | undefined
  /** DATABASE_URL */
  readonly databaseUrl: string | undefined
  /** NO_COLOR is set to anything. */
  readonly noColor: boolean
}

export const DEFAULT_SERVER = 'http://127.0.0.1:8765'
export const DEFAULT_DATA_DIR = './.sweep'

export function readEnvironment(
  env: Readonly<Record<string, string | undefined>> = process.env,
): Environment {
  const read = (name: string) => (env[name] === '' ? undefined : env[name])
  return {
    server: read('SWEEP_SERVER') ?? DEFAULT_SERVER,
    token: read('SWEEP_TOKEN'),
    tokenFile: read('SWEEP_TOKEN_FILE'),
    project: read('SWEEP_PROJECT'),
    dataDir: read('SWEEP_DATA') ?? DEFAULT_DATA_DIR,
    isDataDirGiven: read('SWEEP_DATA') !== undefined,
    adminToken: read('SWEEP_ADMIN_TOKEN'),
    redisUrl: read('REDIS_URL'),
    databaseUrl: read('DATABASE_URL'),
    noColor: read('NO_COLOR') !== undefined,
  }
}

/** Where files of this user's running programs live: `${XDG_STATE_HOME:-~/.local/state}`. */
export function stateHome(env: Readonly<Record<string, string | undefined>>, homeDir: string): string {
  const given = env['XDG_STATE_HOME']
  return given !== undefined && given.startsWith('/') ? given : `${homeDir}/.local/state`
}
