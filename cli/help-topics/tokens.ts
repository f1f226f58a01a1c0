// `sweep help tokens`.

export const tokens = `Tokens: who may talk to a server

A controller makes its admin token at its first start and keeps it in its data
folder, in the file admin-token (readable by its user alone).

On the controller's machine, as the same user, commands find it by themselves.
On another machine:
  export SWEEP_TOKEN_FILE=~/sweep-token    a file with the token, nothing else
  export SWEEP_TOKEN=...                   or the token itself
  sweep doctor                             which one is used, and if it fits

It is looked for in this order:
  1  SWEEP_TOKEN
  2  the file that SWEEP_TOKEN_FILE names
  3  the credentials kept for this server: $XDG_CONFIG_HOME/sweep/credentials
  4  admin-token in SWEEP_DATA, or in a .sweep folder found upward from here
  5  the file that a running \`sweep up\` of this user leaves for its own
     address in $XDG_STATE_HOME/sweep

A token is 48 or more letters, digits and underscores. There is no flag for it:
command lines can be read by everybody on a machine.

Next
  sweep doctor
`
