"""One case of a vector file: typed reading of its values, and comparison of what was recomputed."""

import scalar
from refusal import require


class Unread(Exception):
    """A valid case has values that nothing looked at."""


class Case:
    def __init__(self, data, shared):
        self.data, self.shared, self.read = data, shared, {"name", "valid", "origin"}

    @property
    def net(self):
        self.read.add("net")
        return bytes.fromhex(self.data.get("net", self.shared["net"]))

    def has(self, key):
        return key in self.data

    def __getitem__(self, key):
        """The value as JSON has it."""
        self.read.add(key)
        return self.data[key]

    def bytes(self, key):
        return unhex(self[key])

    def scalar(self, key):
        return scalar.decode(self.bytes(key), key)

    def scalars(self, key):
        return _scalars(self[key])

    def same(self, **values):
        """Every value must be what the case says."""
        for key, value in values.items():
            require(matches(self[key], value), "mismatch", key)

    def same_log(self, log):
        """The transcript, where the case lists it: order, bytes and challenges."""
        if self.has("transcript"):
            listed = [(">" if name.startswith(">") else "", data) for name, data in self["transcript"]]
            require(listed == [(mark, data.hex()) for mark, data in log], "mismatch", "transcript")

    def all_read(self):
        unread = self.data.keys() - self.read
        if unread:
            raise Unread(", ".join(sorted(unread)))


def unhex(text):
    require(text == text.lower(), "not-canonical", "hex")
    return bytes.fromhex(text)


def _scalars(value):
    if isinstance(value, dict):
        return {key: _scalars(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_scalars(entry) for entry in value]
    return scalar.decode(unhex(value), "scalar")


def matches(expected, value):
    """`value` against its JSON form: hex for bytes, points and scalars, numbers for the rest."""
    if isinstance(expected, dict):
        return expected.keys() == value.keys() and all(matches(expected[key], value[key]) for key in expected)
    if isinstance(expected, list):
        return len(expected) == len(value) and all(map(matches, expected, value))
    if isinstance(expected, str) and isinstance(value, int) and not isinstance(value, bool):
        return expected == scalar.encode(value).hex()
    if isinstance(expected, str) and not isinstance(value, str):
        return value is not None and expected == bytes(value).hex()
    return type(expected) is type(value) and expected == value


