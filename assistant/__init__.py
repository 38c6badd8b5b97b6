"""The coach: screens, assesses, retrieves, advises, verifies and replies."""
