"""Measures the coach through its public face."""
