"""`make run`: from a fresh checkout to a served login page, and back down without a trace."""
