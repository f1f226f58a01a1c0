// The points at which a controller of the kill tests can end itself, and the file in its data folder that names one.
export const CRASH_FILE = 'crash-point.json'
export const CRASH_POINTS = [
  'offer before commit',
  'offer after commit',
  'job before queue',
  'job after queue',
  'reports before commit',
  'reports after commit',
  'answer before send',
  'answer after send',
  'stream before trim',
]
