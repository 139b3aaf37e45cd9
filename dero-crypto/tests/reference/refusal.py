"""What a verifier says instead of yes: one class of error, as the vector files name it."""


class Refused(Exception):
    """An input that must not be accepted. `error` is the class of `tests/vectors`, `where` says what was looked at."""

    def __init__(self, error, where=""):
        super().__init__(f"{error}: {where}" if where else error)
        self.error = error
        self.where = where


def require(condition, error, where=""):
    """Refuses with `error` unless `condition` holds."""
    if not condition:
        raise Refused(error, where)
