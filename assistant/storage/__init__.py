"""Conversations and messages in SQL, always keyed by their owner."""
