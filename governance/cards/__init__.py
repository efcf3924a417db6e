"""Model cards: what people write about a version, beside what the system measured of it."""
