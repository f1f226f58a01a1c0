"""Where libraries look for the classes of runs."""
