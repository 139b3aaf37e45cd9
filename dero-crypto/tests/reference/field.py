"""Integers modulo p = 2^255 - 19, and the square root of a ratio (RFC 9496, sections 4.1 and 4.2)."""

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def is_negative(x):
    """The odd representatives are the negative ones."""
    return x % P & 1 == 1


def absolute(x):
    x %= P
    return P - x if x & 1 else x


def sqrt_ratio(u, v):
    """(was square, root): the root of u/v, or of i·u/v where u/v is no square. The root is never negative."""
    v3 = v * v % P * v % P
    root = u * v3 % P * pow(u * v3 % P * v3 % P * v % P, (P - 5) // 8, P) % P
    check = v * root % P * root % P
    u %= P
    correct = check == u
    flipped = check == (P - u) % P
    flipped_i = check == (P - u) * SQRT_M1 % P
    if flipped or flipped_i:
        root = root * SQRT_M1 % P
    return correct or flipped, absolute(root)


def _root(value, negative):
    """The square root of `value` with the given sign."""
    square, root = sqrt_ratio(value, 1)
    assert square
    return P - root if negative else root


# The constants of RFC 9496, section 4.1; the signs are those of the printed values.
SQRT_AD_MINUS_ONE = _root(-D - 1, negative=True)
INVSQRT_A_MINUS_D = absolute(pow(_root(-1 - D, negative=False), -1, P))
ONE_MINUS_D_SQ = (1 - D * D) % P
D_MINUS_ONE_SQ = (D - 1) ** 2 % P
