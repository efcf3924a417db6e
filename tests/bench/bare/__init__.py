"""The limit for a web request: Django and the statements, without anything else around them."""
