// `sweep help settings`.

export const settings = `Settings: what you do not want to type each time

  sweep config list --origin               what holds, and where it comes from
  sweep config set project vision          for this folder and those below it
  sweep config set server URL --global     for every folder of yours
  sweep config unset project

  server     controller to talk to            --server    SWEEP_SERVER
  project    of new sweeps and of lists       --project   SWEEP_PROJECT
  color      auto, always or never            --color     SWEEP_COLOR
  data       data folder of up and agent                  SWEEP_DATA

The first of these that says something holds:
  1  the flag
  2  the variable (of color: also NO_COLOR and FORCE_COLOR)
  3  .sweep/config.yaml in this folder or the nearest one above it
  4  $XDG_CONFIG_HOME/sweep/config.yaml (~/.config)
  5  the default

A settings file is one KEY: VALUE a line. A relative data folder starts where
.sweep stands. A file that belongs to another user is not read, and secrets
stand in none: sweep help tokens.

Next
  sweep help env
`
