"""Parameters in a few plain words."""

from __future__ import annotations

from ..parameters import Key


def plain(key: str) -> str:
    """A parameter in a few words, for someone who has never seen the model: a noun for sentences and charts.

    Example:
        >>> plain("word_of_mouth.reach_bad"), plain("segments.routine.experience.bad_share")
        ('People told of a bad experience', 'Contacts that go wrong (routine)')
    """
    if found := Key.find(key):
        return found.words
    parts = key.split(".")
    words = parts[-1].replace("_", " ").capitalize()
    return f"{words} ({parts[1]})" if parts[0] == "segments" and len(parts) > 2 else words
