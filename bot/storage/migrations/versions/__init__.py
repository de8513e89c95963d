"""The migrations; a file that has been released is never changed again."""
