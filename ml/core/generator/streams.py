"""Independent random streams, so that one switch never disturbs another's draws."""

from dataclasses import dataclass
from zlib import crc32

import numpy as np

from ml.core.generator.rules import Floats


@dataclass(frozen=True, kw_only=True)
class Streams:
    """Random streams of one block of leads, one stream for each purpose."""

    seed: int
    block: int

    def generator(self, purpose: str) -> np.random.Generator:
        """Generator that depends on the seed, the block and the purpose alone."""
        words = (self.seed, self.block, crc32(purpose.encode()))
        return np.random.Generator(np.random.PCG64(np.random.SeedSequence(words)))

    def uniform(self, purpose: str, size: int) -> Floats:
        """Uniform numbers in [0, 1) for a purpose."""
        return self.generator(purpose).random(size)
