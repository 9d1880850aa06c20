"""Word-of-mouth impact analytics."""

__version__ = "0.1.0"
