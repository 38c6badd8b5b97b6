"""Errors of the evaluation."""


class EvalError(Exception):
    """Anything this package raises on purpose."""


class DataError(EvalError):
    """A data set is wrong: the message names file, line and the fix."""
