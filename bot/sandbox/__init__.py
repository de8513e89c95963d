"""A local server that speaks the Telegram Bot API, with a chat page in the browser."""
