"""Fixtures and the settings of random testing."""

import os
from pathlib import Path

import pytest
from builders import business
from hypothesis import HealthCheck, settings

import wom

# No deadline: a busy machine is no failure. In CI the same examples every time: a failure there is the commit's.
# HYPOTHESIS_PROFILE=thorough looks for rarer faults, for an hour.
settings.register_profile("local", deadline=None, max_examples=100, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("local"), derandomize=True, print_blob=True)
settings.register_profile("thorough", settings.get_profile("local"), max_examples=5_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE") or ("ci" if os.environ.get("CI") else "local"))

DATA = Path(__file__).parent / "data"


@pytest.fixture(scope="session")
def worked_example() -> Path:
    """The worked example's file."""
    return DATA / "worked-example.yaml"


@pytest.fixture(scope="session")
def shop() -> wom.Scenario:
    """A business in one piece, observed referral share, three years, no plan."""
    return wom.load(business())


@pytest.fixture(scope="session")
def mall() -> wom.Scenario:
    """A business of two segments that differ."""
    return wom.load(business(segments=SEGMENTS))


SEGMENTS = {
    "regulars": {
        "market.size": 60_000,
        "market.customers": 3_500,
        "market.new_customers_per_month": 100,
        "experience.bad_share": 0.03,
    },
    "late shoppers": {
        "market.size": 40_000,
        "market.customers": 1_500,
        "market.new_customers_per_month": 50,
        "experience.bad_share": 0.14,
        "retention.retention_rate": 0.955,
        "economics.spend_per_customer": 80,
    },
}
