export declare const CRASH_FILE: string
export declare const CRASH_POINTS: readonly string[]
