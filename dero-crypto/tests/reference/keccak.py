"""The permutation Keccak-f[1600] (FIPS 202, section 3.3); `hashlib` offers only the sponges around it."""

MASK = 2**64 - 1


def _round_constants():
    """FIPS 202, algorithm 5: a linear feedback shift register drives the constants of iota."""
    register, out = 1, []
    for _ in range(24):
        constant = 0
        for j in range(7):
            if register & 1:
                constant |= 1 << (2**j - 1)
            register <<= 1
            if register & 0x100:
                register ^= 0x171
        out.append(constant)
    return out


def _lane_path():
    """(from lane, to lane, rotation) of rho and pi, along the walk (x, y) -> (y, 2x + 3y)."""
    path, x, y = [(0, 0, 0)], 1, 0
    for t in range(24):
        x2, y2 = y, (2 * x + 3 * y) % 5
        path.append((x + 5 * y, x2 + 5 * y2, (t + 1) * (t + 2) // 2 % 64))
        x, y = x2, y2
    return path


ROUND_CONSTANTS = _round_constants()
PATH = _lane_path()


def permute(state):
    """The permuted copy of 200 bytes."""
    a = [int.from_bytes(state[8 * i:8 * i + 8], "little") for i in range(25)]
    b = [0] * 25
    for constant in ROUND_CONSTANTS:
        c = [a[x] ^ a[x + 5] ^ a[x + 10] ^ a[x + 15] ^ a[x + 20] for x in range(5)]
        d = [c[x - 1] ^ ((c[(x + 1) % 5] << 1 | c[(x + 1) % 5] >> 63) & MASK) for x in range(5)]
        for source, target, turn in PATH:
            lane = a[source] ^ d[source % 5]
            b[target] = (lane << turn | lane >> (64 - turn)) & MASK
        for y in range(0, 25, 5):
            row = b[y:y + 5]
            for x in range(5):
                a[y + x] = row[x] ^ (~row[(x + 1) % 5] & MASK & row[(x + 2) % 5])
        a[0] ^= constant
    return bytearray(b"".join(lane.to_bytes(8, "little") for lane in a))
