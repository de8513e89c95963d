"""Command-line entry points: arguments and one call each."""
