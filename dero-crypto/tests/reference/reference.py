"""The reference list and the windows that a transaction cites (section 7.5)."""

from hashing import h, le64
from refusal import require
from wire import exactly

CLOSED, OPEN = 0, 1


def leaf(enote, g):
    """Of an entry Ko | C | T at position g."""
    return h(32, "enote/leaf", enote[:32], enote[32:64], enote[64:], le64(g))


def first_acc(net):
    return h(32, "ref/acc", net)


def accumulate(acc, enotes, start):
    """The digest after `enotes`, whose first one is at position `start`."""
    for g, enote in enumerate(enotes, start):
        acc = h(32, "ref/acc", acc, leaf(enote, g))
    return acc


def next_anchors(before, e):
    """ea behind an anchor at which the list has `e` entries."""
    return h(32, "ref/anchors", before, le64(e))


def coin_hash(s_vb, L):
    """Of a wallet with two candidates (rule 1): the lowest bit is 0 for the closed one, 1 for the open one."""
    return h(1, "ref/coin", s_vb, L)


class List:
    """What a node knows: the entries, and how many there were after the appends of each height."""

    def __init__(self, net, N, L_min, enotes, length_at_height):
        self.N, self.L_min, self.enotes, self.lengths = N, L_min, enotes, length_at_height
        self.accs = [first_acc(net)]
        for g, enote in enumerate(enotes):
            self.accs.append(accumulate(self.accs[g], [enote], g))

    def resolve(self, reference, height):
        """(start, L) of five bytes in a block at `height`."""
        fields = exactly(reference, 5, "reference")
        kind, number = fields.integer(1), fields.integer(4)
        require(kind in (CLOSED, OPEN), "bad-kind", "reference")
        if kind == CLOSED:
            require((number + 1) * self.N <= self.lengths[height], "incomplete-group", "reference")
            return number * self.N, self.N
        require(5 * number <= height, "future-anchor", "reference")
        e = self.lengths[5 * number]
        require(e >= self.L_min, "short-list", "reference")
        start = max(0, e - self.N)
        return start, e - start

    def candidates(self, position, height):
        """Rule 1 of a wallet that is synchronised to `height`: the closed one first."""
        out, group, a = [], position // self.N, height // 5
        if (group + 1) * self.N <= self.lengths[height]:
            out.append(bytes([CLOSED]) + group.to_bytes(4, "little"))
        e = self.lengths[5 * a]
        if e >= self.L_min and e - self.N <= position < e:
            out.append(bytes([OPEN]) + a.to_bytes(4, "little"))
        return out
