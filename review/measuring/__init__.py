"""Measuring model versions by what people decided, for their cards."""
