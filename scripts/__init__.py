"""The command lines, and what only they need."""
