"""How fast talk with an ever shorter memory becomes Bass diffusion with attrition (Libai, Muller and Peres 2009).

Published for this engine's rules: users at time 20 are 743.2, 749.8 and 751.9 with memories of .001, .0001 and
.00001; in the limit 752.86964. `make bench` and the tests go down to .001, 400,000 steps; a memory of .0001 takes
ten times as long, which is minutes, and one of .00001 most of an hour: python -m benchmarks.bass_limit 1e-4 1e-5
"""

import sys
import time
from collections import deque
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from builders import BASS_WITH_ATTRITION, STEPS_PER_MEMORY, talk_like_bass

from wom.engine import months

LIMIT = 752.86964
PUBLISHED = {1e-3: 743.2, 1e-4: 749.8, 1e-5: 751.9}


def users_at_20(memory: float) -> float:
    values, hidden, state = talk_like_bass(memory, **BASS_WITH_ATTRITION)
    course = months(values, hidden, state, round(20 * STEPS_PER_MEMORY / memory) + 1)
    (last,) = deque(course, maxlen=1)
    return last.customers.item()


def main(memories: Sequence[float] = (1e-2, 1e-3)) -> None:
    print("memory    users at 20  published  (limit − users)/√memory  seconds")
    for memory in memories:
        started = time.perf_counter()
        users = users_at_20(memory)
        seconds = time.perf_counter() - started
        published = f"{PUBLISHED[memory]:9.1f}" if memory in PUBLISHED else f"{'':9}"
        distance = (LIMIT - users) / memory**0.5
        print(f"{memory:<9g} {users:11.5f}  {published}  {distance:23.2f}  {seconds:7.1f}", flush=True)


if __name__ == "__main__":
    main([float(memory) for memory in sys.argv[1:]] or (1e-2, 1e-3))
