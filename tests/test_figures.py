"""Charts, by what is on them: nothing clipped, nothing overlapping, the message in the title."""

import matplotlib.image
import numpy as np
import pytest
from looks import faults

import wom
from wom import figures, messages
from wom.exhibits import style

SAMPLES = sorted(wom.files.samples())
OF_AN_EFFECT = ["revenue", "difference", "net", "customers", "told", "stars"]


@pytest.fixture(scope="module", params=SAMPLES)
def effect(request):
    return wom.effect(wom.load(request.param))


def drawn(effect):
    yield from ((name, getattr(figures, name)(effect)) for name in OF_AN_EFFECT)
    yield "arrivals", figures.arrivals(effect.run)


def test_no_text_is_clipped_and_no_two_overlap(effect):
    for name, ax in drawn(effect):
        assert faults(ax) == [], name


def test_titles_carry_the_message(effect):
    said = messages.sentences(effect)
    for name in OF_AN_EFFECT:
        ax = getattr(figures, name)(effect)
        assert ax.get_title(loc="left").replace("\n", " ") == said[name]


def test_lines_are_labelled_where_they_end_and_there_is_no_legend(effect):
    for _, ax in drawn(effect):
        assert ax.get_legend() is None
    assert len(figures.revenue(effect).texts) >= 2  # subtitle, and a label per line


def test_charts_draw_the_results_own_numbers(effect):
    lines = figures.revenue(effect).get_lines()
    wanted = effect.run.monthly["revenue"].to_numpy()
    assert any(np.array_equal(line.get_ydata(), wanted) for line in lines)
    bars = figures.difference(effect).patches
    months = effect.scenario.horizon_months
    assert sum(bar.get_height() for bar in bars[:months]) == pytest.approx(effect.monthly["from_customers"].sum())


def test_a_figure_draws_on_the_axes_it_is_given():
    ax = style.axes()
    assert figures.stars(wom.effect(wom.load("retailer/today")), ax) is ax


def test_pictures_have_ink(tmp_path, effect):
    for name, ax in drawn(effect):
        ax.figure.savefig(tmp_path / f"{name}.png", dpi=50)
        picture = matplotlib.image.imread(tmp_path / f"{name}.png")[..., :3]
        assert picture.std() > 0.02, name  # a blank page has 0


def test_accent_and_warm_are_told_apart_without_red_or_green():
    """Distance in blue against yellow and in lightness, which all common colour blindnesses keep."""

    def parts(colour):
        red, green, blue = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
        return np.array([0.3 * red + 0.6 * green + 0.1 * blue, blue - (red + green) / 2])

    assert np.abs(parts(style.ACCENT) - parts(style.WARM)).max() > 0.3
