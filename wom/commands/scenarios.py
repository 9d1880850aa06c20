"""`wom check` and `wom schema`: about scenario files."""

from __future__ import annotations

import argparse
import json
from typing import Any

from .common import DONE

_DRAWS = 1000
"""As many as a report takes."""

_MANY = 0.05
"""Of the draws; that so many contradict themselves is worth a note."""


def add(commands: Any) -> None:
    """Tell the parser."""
    checking = commands.add_parser("check", help="say whether a scenario file is fine, and what it rests on")
    checking.add_argument("file", metavar="FILE")
    checking.set_defaults(command=check)

    showing = commands.add_parser("schema", help="print the JSON Schema of scenario files, for editors")
    showing.add_argument("--data", action="store_true", help="of data.yaml, which describes tables, instead")
    showing.set_defaults(command=schema)


def check(options: argparse.Namespace) -> int:
    """Say whether a scenario holds together, in draws of its ranges too, and what it rests on.

    Returns:
        The exit code.

    Errors:
        InputError: it does not.
    """
    from .. import assumptions
    from .._run import simulate
    from ..draws import sample
    from ..files import SCENARIO
    from ..exhibits.basis import cautions, standing
    from ..scenario import load
    from ..words import whole

    scenario = load(options.file)
    run, refused = simulate(scenario), sample(scenario, _DRAWS).refused
    grades = assumptions.table(scenario)["grade"]
    yours, assumed = int((grades == assumptions.YOURS).sum()), int((grades == "assumed").sum())
    segments = f"{len(scenario.segments)} segment{'s' if len(scenario.segments) > 1 else ''}"
    plan = f"{len(scenario.plan)} in its plan" if scenario.plan else "no plan"
    customers = whole(run.monthly["customers"].iloc[0])
    print(f"{options.file}: fine")
    print(f"{scenario.title}: {segments}, {customers} customers, {scenario.horizon_months} months, {plan}")
    print(
        f"{yours} figures of the business's own; {len(grades) - yours} from published or assumed evidence "
        f"({len(grades) - yours - assumed} weak or better, {assumed} assumed)"
    )
    if scenario.basis.label != SCENARIO:
        print(standing(scenario))
    for caution in cautions(scenario):
        print(f"Note: {caution}")
    if refused.share > _MANY:
        print(f"Note: {refused.text}")
    return DONE


def schema(options: argparse.Namespace) -> int:
    """Print the JSON Schema.

    Returns:
        The exit code.
    """
    if options.data:
        from ..data.description import schema as found
    else:
        from ..scenario import schema as found
    print(json.dumps(found(), indent=2, ensure_ascii=False))
    return DONE
