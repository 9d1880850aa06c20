"""What a critical eye would find on a chart or in a sentence, and all that some notebooks show, to look at."""

import itertools
import json
import re

import wom
from wom import exhibits
from wom.analysis import questions, workshop
from wom.exhibits.drawing import draw


def texts(ax):
    """Every text on the axes that is drawn, with its box in pixels."""
    ax.figure.draw_without_rendering()
    labels = [ax.xaxis.label]
    for axis, (low, high) in ((ax.xaxis, sorted(ax.get_xlim())), (ax.yaxis, sorted(ax.get_ylim()))):
        ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
        labels += [tick.label1 for tick in ticks if tick.label1.get_visible()]
    every = [ax.title, ax._left_title, *ax.texts, *labels]
    return [
        (text.get_text(), text.get_window_extent()) for text in every if text.get_text() and text.get_visible()
    ]


def faults(ax):
    """Texts that are cut off or lie on one another."""
    width, height = ax.figure.get_size_inches() * ax.figure.dpi
    found, said = texts(ax), []
    for text, box in found:
        # a pixel for the rounding of the layout
        if box.x0 < -1 or box.x1 > width + 1 or box.y0 < -1 or box.y1 > height + 1:
            said.append(f"clipped: {text}")
    for (one, first), (two, second) in itertools.combinations(found, 2):
        across = min(first.x1, second.x1) - max(first.x0, second.x0)
        along = min(first.y1, second.y1) - max(first.y0, second.y0)
        if across >= 2 and along >= 2:  # two pixels: boxes are larger than letters
            said.append(f"overlap: {one} / {two}")
    return said


def of_worth(case):
    """All that the notebook shows of worth, by name."""
    service, experiences = wom.service_worth(case), wom.experience_worth(case)
    sure = wom.worth_intervals(case, draws=20)
    today = wom.effect(case.without_plan())
    apple, day = questions.bad_apple(case, 1, 0.05), questions.day_without_customers(case, 1)
    return {
        "answer": exhibits.service_worth(service, experiences, sure, case),
        "served": exhibits.served(service, case),
        "bad visit": exhibits.bad_visit(service, experiences, case),
        "earned": exhibits.what_service_earns(today, wom.customer_worth(case)),
        "anyway": exhibits.anyway(today.run),
        "brought": exhibits.brought(wom.reproduction_number(case)),
        "perception": exhibits.perception(case, 0.45, 0.02),
        "iceberg": exhibits.iceberg(case),
        "apple": exhibits.aftermath(apple, day),
        "segments": exhibits.whom_to_serve(questions.whom_to_serve(case), case),
    }


def of_room(case, draws=60):
    """All that the workshop shows of its own, by name."""
    service, experiences = wom.service_worth(case), wom.experience_worth(case)
    gains = workshop.gains(case, draws=draws)
    plan = next(one for one in workshop.plans(case) if one.title == gains.index[0])
    doubts = workshop.doubts(plan)
    sure = wom.worth_intervals(case, draws=20)
    return {
        "answer": exhibits.room_answer(service, experiences, sure, gains, doubts, case),
        "numbers": exhibits.nine_numbers(case),
        "balance": exhibits.balance(workshop.balance(case, experiences["good_to_make_up"]["bad"]), case),
        "plans": exhibits.to_do(gains, case),
        "doubts": exhibits.doubts(doubts, plan),
        "monday": exhibits.monday(experiences, gains, case),
        "rests": exhibits.rests(case),
        "belief": exhibits.belief(),
        "hearing": exhibits.hearing(case),
    }


def sound(shown, widths=(696, 354)):
    """Legible at these widths, whole after JSON, and without a number that is none."""
    for name, one in shown.items():
        if one is None:
            continue
        assert not re.search(r"\b(nan|inf|None)\b", repr(one)), name
        assert exhibits.Exhibit.of(json.loads(json.dumps(one.plain()))).sentence == one.sentence
        for width in widths if one.chart else ():
            assert faults(draw(one.chart, width=width, phone=width < 520).axes[0]) == [], (name, width)
