"""Where scripts look for the public API."""
