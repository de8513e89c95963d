"""Random updates, made from Telegram's types."""
