"""Signing in: throttle, sessions and second factors. PostgreSQL knows; caches are only quicker."""
