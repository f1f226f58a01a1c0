"""The same under the name of its file."""

from wandb.sdk.lib import RunDisabled

__all__ = ["RunDisabled"]
