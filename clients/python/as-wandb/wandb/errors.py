"""The errors that scripts catch."""

from wandb import _client

Error = CommError = UsageError = AuthenticationError = _client.SweepError
