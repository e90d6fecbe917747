"""Random streams by name, so that a new pathway leaves the others as they were."""

from __future__ import annotations

import hashlib
import zlib

import numpy as np

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class Streams:
    """Independent generators for one block of one seed."""

    def __init__(self, seed: int, block: int) -> None:
        self.seed = seed
        self.block = block

    def rng(self, name: str) -> np.random.Generator:
        """Always the same generator for the same seed, block and name."""
        entropy = [self.seed & (2**63 - 1), self.block + 1, zlib.crc32(name.encode())]
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))

    def pseudonyms(self, kind: str, count: int, length: int = 17) -> list[str]:
        """Unique looking identifiers, as opaque as the real ones; 101 bits for 17 characters."""
        return [
            pseudonym(f"{self.seed}|{self.block}|{kind}|{index}", length) for index in range(count)
        ]


def pseudonym(text: str, length: int = 17) -> str:
    """Letters and digits drawn from a hash of the text."""
    number = int.from_bytes(hashlib.blake2b(text.encode(), digest_size=32).digest(), "big")
    letters = []
    for _ in range(length):
        number, rest = divmod(number, 62)
        letters.append(_ALPHABET[rest])
    return "".join(letters)
