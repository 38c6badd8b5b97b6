"""Metrics as pure functions, with the statistics that go with them."""
