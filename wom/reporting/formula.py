"""Formulas as pictures, for programs that draw none: mathtext, cut to its ink."""

from __future__ import annotations

import io
import re
import struct

from ..exhibits.style import INK

_DOTS = 300
_KNOWN = ((r"(?<![\d.])\.(?=\d)", "0."), (r"\\text\s*\{", r"\\mathrm{"), (r"\\dfrac|\\tfrac", r"\\frac"))
"""What mathtext writes in another way."""


def picture(latex: str, size: float = 28.0) -> tuple[bytes, tuple[float, float]]:
    """A formula as a PNG picture with a clear background, and its width and height in points.

    Args:
        latex: without its dollars.
        size: of its type, points.

    Errors:
        ValueError: mathtext cannot draw it.

    Example:
        >>> png, (width, height) = picture(r"e^{\\delta}")
        >>> png[:4], min(width, height) > 10
        (b'\\x89PNG', True)
    """
    from matplotlib.figure import Figure

    for known, other in _KNOWN:
        latex = re.sub(known, other, latex)
    figure = Figure(figsize=(0.1, 0.1))
    text = " ".join(latex.split())
    figure.text(0, 0, f"${text}$", fontsize=size, color=INK, math_fontfamily="stix")
    out = io.BytesIO()
    try:
        figure.savefig(out, format="png", dpi=_DOTS, transparent=True, bbox_inches="tight", pad_inches=0.04,
                       metadata={"Software": None})  # fmt: skip
    except (ValueError, RuntimeError) as error:
        raise ValueError(f"formula that cannot be drawn as a picture: {text}") from error
    wide, high = struct.unpack(">II", out.getvalue()[16:24])
    return out.getvalue(), (wide * 72 / _DOTS, high * 72 / _DOTS)
