"""Names of persons and organisations: written alike, and like those of a list."""
