"""Trains the encoder and its heads. Needs the `train` dependency group; not needed at run time."""
