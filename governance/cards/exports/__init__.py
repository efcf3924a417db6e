"""A card for elsewhere: Markdown, PDF, CycloneDX."""
