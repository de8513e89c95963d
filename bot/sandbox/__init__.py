"""A local server with the part of the Telegram Bot API that this bot uses, and a chat page."""
