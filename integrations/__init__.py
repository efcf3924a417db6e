"""What touches the world: model providers, connectors, importers, telemetry.

This room imports nothing of the others and knows none of their models. It takes and returns
plain dataclasses; settings arrive as arguments.
"""
