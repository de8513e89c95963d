"""Builds and tries what `Dockerfile` and `deploy/` describe."""
