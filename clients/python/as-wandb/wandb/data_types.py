"""Media: accepted, and ignored with a note."""

from wandb import _client

Image, Table, Video, Audio, Html, Histogram = (
    getattr(_client, name) for name in ("Image", "Table", "Video", "Audio", "Html", "Histogram")
)
