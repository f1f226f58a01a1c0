// `sweep help offline`.

export const offline = `Without a server, and without a network

Need no server at all:
  sweep init --from-script train.py        draft a sweep file
  sweep validate sweep.yaml --sample 3     what it means, what it would start
  sweep plan sweep.yaml -n 10              the configurations it would propose
  sweep command sweep.yaml --config '{}'   one command line
  sweep doctor sweep.yaml                  what is missing here
  sweep help, sweep completion, sweep config

sweep run sweep.yaml uses no network either: without a configured server it
starts a controller of its own on this machine, works the sweep, and ends it.
Everything stays in ./.sweep; sweep up on the same folder shows it again.

When an agent loses its controller, its runs go on. What they report is kept
on the agent's disk and sent when the controller is back. After a lease without
contact (sweep up --lease, 180s) the runs are given to other agents, and what
the cut-off ones report after that is not counted.

Nothing is sent anywhere but to your own server.

Next
  sweep run sweep.yaml
`
