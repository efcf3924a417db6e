"""PostgreSQL and Redis from wheels, for trial, development and tests; production brings its own."""
