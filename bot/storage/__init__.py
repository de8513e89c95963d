"""The database: what the bot remembers."""
