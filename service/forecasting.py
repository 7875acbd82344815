"""The child process that works one forecast out: a job on standard input, the answer on standard output.

Run by ``service.forecast_process`` alone. It has a lower priority than the service and a bound on its memory:
a campaign that is too big for it ends this process and nothing else.
"""

import asyncio
import os
import pickle
import resource
import sys
from typing import Final

from campaigns.errors import InvalidInput, NotFound
from service.forecast import forecast_from
from service.forecast_job import ForecastJob, ForecastReply
from service.known_errors import KNOWN

MEMORY_BYTES: Final = 4 * 1024**3
"""Address space of this process; a million leads take a fraction."""

NICE: Final = 10


def main() -> None:
    """Read the job, answer it, end."""
    os.nice(NICE)
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    job: ForecastJob = pickle.loads(sys.stdin.buffer.read())  # noqa: S301 - from our own parent
    answer = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # whatever prints must not spoil the answer
    reply = asyncio.run(replied(job))
    with os.fdopen(answer, "wb") as out:
        out.write(pickle.dumps(reply))


async def replied(job: ForecastJob) -> ForecastReply:
    """Return the answer to a job, known errors included."""
    try:
        return ForecastReply(await forecast_from(job.settings, job.question, job.now))
    except InvalidInput as refusal:
        return ForecastReply(faults=tuple((fault.place, fault.problem) for fault in refusal.faults))
    except NotFound as fault:
        return ForecastReply(missing=str(fault))
    except KNOWN as fault:
        return ForecastReply(broken=str(fault))


if __name__ == "__main__":
    main()
