"""The public API under the names of its classes."""

from wandb import _client

Api = _client.Api
Run = _client.PublicRun
Runs = _client.PublicRuns
Sweep = _client.PublicSweep
