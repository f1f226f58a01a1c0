"""The class of what init gives."""

from wandb.wandb_run import Run

__all__ = ["Run"]
