"""From added-up tables to the figures of a scenario, each with its interval."""
