"""Faces, their mood, and everything needed to learn it. Knows no Telegram, no database."""
