"""The command line: `wom run`, `wom batch`, `wom status` and others, each in a module of `wom.commands`.

Exit codes: 0 done, 1 failed, 2 wrong usage or bad input, 75 another run holds the lock, 130 and 143 stopped.
"""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from types import FrameType
from typing import Any

from . import __version__
from .commands import batch, calibrate, data, deck, run, scenarios, status
from .commands.common import DONE
from .errors import WomError

EXAMPLES = """examples:
  wom run data/sample/retailer/front-line-training.yaml
  wom run retailer/make-it-right --set experience.bad_share=0.04 -p horizon_months=24
  wom run retailer/make-it-right retailer/front-line-training --notebook compare_plans
  wom run --notebook workshop -p customers=5000 -p bad_share=0.06      # nine numbers, and a deck
  wom run shop.yaml --keep 30 --time-limit 30m --on-failure "notify-send wom"    # unattended
  wom status --max-age 26h
  wom deck reports/retailer-make-it-right/latest
  wom batch retailer/make-it-right --grid experience.bad_share=0.02,0.04,0.06
  wom batch shop.yaml --csv branches.csv --jobs 2
  wom calibrate tables/data.yaml --business shop.yaml
  wom check shop.yaml
  wom data check data/sample/retailer/tables/data.yaml
  wom schema > wom-scenario.schema.json
"""
_STOPPED, _TERMINATED = 130, 143


class Terminated(KeyboardInterrupt):
    """Somebody asked the process to end, politely: systemd, timeout, a batch system.

    Example:
        >>> issubclass(Terminated, KeyboardInterrupt)
        True
    """


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Example:
        >>> main(["check", "retailer/today"])
        retailer/today: fine
        Harbour & Co., department store: 1 segment, 5,000 customers, 36 months, no plan
        15 figures of the business's own; 30 from published or assumed evidence (15 weak or better, 15 assumed)
        0
    """
    options = parser().parse_args(arguments)
    before = _listen()
    try:
        done: int = options.command(options)
    except WomError as error:
        print(f"wom: {error}", file=sys.stderr)
        return error.exit_code
    except BrokenPipeError:  # the reader, such as head, has enough
        sys.stderr.close()
        return DONE
    except KeyboardInterrupt as stopped:
        print("wom: stopped", file=sys.stderr)
        return _TERMINATED if isinstance(stopped, Terminated) else _STOPPED
    finally:
        if before is not None:
            signal.signal(signal.SIGTERM, before)
    return done


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command line.

    Example:
        >>> parser().parse_args(["check", "shop.yaml"]).command.__name__
        'check'
    """
    made = argparse.ArgumentParser(
        prog="wom",
        description="What good service is worth and what bad service costs.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--version", action="version", version=f"wom {__version__}")
    commands = made.add_subparsers(required=True, metavar="COMMAND")
    for command in (run, batch, calibrate, deck, status, scenarios, data):
        command.add(commands)
    return made


def _listen() -> Any:
    """Take SIGTERM as a wish to stop in order; returns what to put back."""

    def stop(_: int, __: FrameType | None) -> None:
        raise Terminated

    if threading.current_thread() is not threading.main_thread():
        return None
    return signal.signal(signal.SIGTERM, stop)
