"""What scripts take from wandb.util."""

from wandb import _client


def generate_id(length=8):
    """An id for init(id=...), made as the server makes them."""
    return "".join(_client._create_id() for _ in range(-(-length // 8)))[:length]
