"""What a critical eye would find on a chart or in a sentence, and all that some notebooks show, to look at."""

import itertools
import json
import re

import wom
from wom import exhibits
from wom.analysis import questions, workshop
from wom.exhibits import drawing


def boxes(chart, width):
    """Every text of a drawing with its box in pixels: left, top, right, bottom."""
    marks = drawing._marks(chart, width, width < drawing.NARROW)
    for label in marks.all:
        if isinstance(label, drawing.Label) and label.text:
            wide = drawing._wide(label.text, label.size, label.bold)
            left = label.x - {"left": 0.0, "center": wide / 2, "right": wide}[label.side]
            yield label.text, (left, label.y - 0.75 * label.size, left + wide, label.y + 0.2 * label.size)
    yield "", (0.0, 0.0, width, marks.height)


def faults(chart, width):
    """Texts that are cut off or lie on one another."""
    *found, (_, (_, _, right, bottom)) = boxes(chart, width)
    said = [
        f"clipped: {text}"
        for text, (x0, y0, x1, y1) in found
        if x0 < -1 or x1 > right + 1 or y0 < -1 or y1 > bottom + 1  # a pixel for rounding
    ]
    for (one, first), (two, second) in itertools.combinations(found, 2):
        across = min(first[2], second[2]) - max(first[0], second[0])
        along = min(first[3], second[3]) - max(first[1], second[1])
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
        "bad visit": exhibits.bad_visit(experiences, case),
        "slices": exhibits.slices(service, experiences, case),
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
        "measure": exhibits.measure(doubts, plan),
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
            assert faults(one.chart, width) == [], (name, width)
