// The records of the API by their names, from the types that the OpenAPI document gives.
import type { components } from './openapi.d.ts'

type Schemas = components['schemas']
export type Sweep = Schemas['Sweep']
/** A sweep as snapshots and the stream tell it: without `url`. */
export type LiveSweep = Schemas['LiveSweep']
export type Run = Schemas['Run']
export type Attempt = Schemas['Attempt']
export type Agent = Schemas['Agent']
export type SweepSnapshot = Schemas['SweepSnapshot']
export type ChangesMessage = Schemas['ChangesMessage']
export type LiveRun = Schemas['LiveRun']
export type RunState = Run['state']
export type SweepState = Sweep['state']
/** A number, or "NaN", "Infinity", "-Infinity". */
export type MetricValue = NonNullable<Run['value']>
