"""Face detection, mood prediction, and training. Independent of Telegram and the database."""
