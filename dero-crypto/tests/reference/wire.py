"""Reading bytes from the front: nothing is left, nothing is missing."""

import ristretto
import scalar
from refusal import require


class Reader:
    def __init__(self, data, where):
        self.data, self.where = bytes(data), where

    def take(self, count):
        require(len(self.data) >= count, "bad-length", self.where)
        head, self.data = self.data[:count], self.data[count:]
        return head

    def integer(self, count):
        return int.from_bytes(self.take(count), "little")

    def point(self):
        return ristretto.decode(self.take(32), self.where)

    def scalar(self):
        return scalar.decode(self.take(32), self.where)

    def end(self):
        require(not self.data, "bad-length", self.where)


def exactly(data, count, where):
    """A reader over `data`, which has `count` bytes."""
    require(len(data) == count, "bad-length", where)
    return Reader(data, where)
