"""The data sets: their schemas, splits, manifest and checks."""
