"""The Telegram bot: photos in, moods out."""
