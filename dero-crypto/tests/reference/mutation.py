"""Small changes to a case that a checker has to notice."""

import copy
import hashlib

# Input only: the neighbour is as good an input. Of two heights both may do, of two scalars both are canonical, and a
# find server with one more key finds the same payment.
SILENT = {
    ("encoding", "bytes"), ("enote", "with_s_fs"), ("reference", "height"), ("reference", "position"),
    ("sealed", "height"),
}
LIST_LIMIT = 6  # of a longer list the first and the last entries are changed


def flip_in_proof(data):
    """The case with one bit of its proof changed, at a place that its name decides."""
    twin = dict(data)
    proof = bytearray.fromhex(data["proof"])
    place = int.from_bytes(hashlib.sha256(data["name"].encode()).digest()[:8], "little") % (8 * len(proof))
    proof[place // 8] ^= 1 << place % 8
    twin["proof"] = proof.hex()
    return twin


def one_per_shape(cases, seen):
    """Of the valid cases: the smallest one of each kind and set of keys that is not among those `seen`."""
    best = {}
    for data in cases:
        if data["valid"]:
            kinds = tuple(str(data.get(key)) for key in ("kind", "form", "tier") if not isinstance(data.get(key), int))
            shape = kinds, tuple(sorted(data.keys() - {"origin"}))
            if shape in seen:
                continue
            if shape not in best or len(str(data)) < len(str(best[shape])):
                best[shape] = data
    seen.update(best)
    return list(best.values())


def mutants(file, data):
    """(place, changed case) for every value in it."""
    for path in _leaves(data):
        if path[-1] in ("name", "valid", "origin") or any((file, key) in SILENT for key in path):
            continue
        if path[0] == "transcript" and path[-1] == 0:
            continue  # what the file calls the item
        changed = copy.deepcopy(data)
        parent = changed
        for key in path[:-1]:
            parent = parent[key]
        if path[-1] == "alpha" and parent.get("amount") == 0:
            continue  # nothing of one asset is nothing of another
        parent[path[-1]] = _other(parent[path[-1]])
        yield "/".join(map(str, path)), changed


def _leaves(value, path=()):
    if isinstance(value, dict):
        for key, entry in value.items():
            yield from _leaves(entry, (*path, key))
    elif isinstance(value, list):
        places = range(len(value))
        if len(value) > LIST_LIMIT:
            places = [*places[:LIST_LIMIT // 2], *places[-(LIST_LIMIT // 2):]]
        for place in places:
            yield from _leaves(value[place], (*path, place))
    else:
        yield path


def _other(value):
    """Another value of the same type, as near as possible."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value ^ 1
    if value is None:
        return 0
    if not value:
        return "01"
    try:
        data = bytearray.fromhex(value)
    except ValueError:
        middle = len(value) // 2
        return value[:middle] + ("q" if value[middle] != "q" else "p") + value[middle + 1:]
    data[0] ^= 2
    return data.hex()
