"""The suite's services and shared cast; services start before Django reads its settings."""

pytest_plugins = ["tests.services"]
