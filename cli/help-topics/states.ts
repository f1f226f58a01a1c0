// `sweep help states`.

export const states = `States of sweeps and runs

Of a sweep
  running     proposes runs while there are agents
  paused      starts nothing; runs that run go on       sweep resume
  finishing   proposes nothing more; runs are still open
  finished    ended by itself: all was tried, or run_cap is reached
  stopped     ended by a person: runs that ran were finished
  cancelled   ended by a person, with its running runs
  failed      cannot go on; sweep show tells why

Of a run
  queued      waits for an agent
  preempted   was handed back by its agent; waits, as queued
  running     on an agent
  finished    ended with exit code 0
  failed      ended with another code or by a signal
  stopped     ended early for its values: they count, it is ranked with a mark
  cancelled   ended by a person, with its sweep
  lost        20 agents vanished with it

A run that goes back keeps its configuration and gets a new attempt. Every run
counts 1 against run_cap, whatever its end; attempts cost nothing. failed is
not tried again by itself; preempted and lost attempts are.

Next
  sweep runs @last -w state:failed
`
