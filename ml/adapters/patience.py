"""How long to wait for somebody else, and how to space the looks."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count


@dataclass(frozen=True, kw_only=True)
class Patience:
    """A budget of time, spent with exponential backoff and full jitter.

    Full jitter keeps many that were refused together from coming back together:
    https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/

    Parameters
    ----------
    seconds : float, default=120
        The budget.
    first, longest : float, default=0.2, 5
        Most seconds of the first pause, which doubles from look to look, and of any pause.
    sleep, clock, draw : callable
        How time passes, what it is, and which part of a pause is taken.
    """

    seconds: float = 120.0
    first: float = 0.2
    longest: float = 5.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic
    draw: Callable[[float, float], float] = random.uniform

    def begin(self) -> Waiting:
        """A budget that runs from now on."""
        return Waiting(self, self.clock() + self.seconds)


@dataclass(frozen=True)
class Waiting:
    """A budget that is running; `ends` is when it is used up."""

    patience: Patience
    ends: float

    def looks(self) -> Iterator[int]:
        """Numbers of looks, with a pause before each but the first, until the time is up.

        Whatever is looked for anew starts with short pauses again, in the same budget.
        """
        patience = self.patience
        for look in count():
            yield look
            left = self.ends - patience.clock()
            if left <= 0:
                return
            most = min(patience.longest, patience.first * 2.0 ** min(look, 30))
            patience.sleep(min(left, patience.draw(0.0, most)))
