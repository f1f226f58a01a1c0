// Words and limits of the API that the command needs too: apart from the schemas, which cost a command 50 ms to load.

/** Page sizes of lists that can be long. */
export const DEFAULT_RUN_LIMIT = 1000
export const MAX_RUN_LIMIT = 10_000
/** Characters of a filter. */
export const MAX_FILTER_LENGTH = 8192
/** Of a run. */
export const MAX_TAGS = 50
export const EXPORT_FORMATS = ['csv', 'json', 'jsonl', 'parquet'] as const
