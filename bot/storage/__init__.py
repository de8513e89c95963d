"""What the bot remembers, in a database: answers, faces, corrections."""
