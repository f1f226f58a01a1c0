"""The class of what init gives."""

from wandb import _client

Run = _client.Run
