"""`wom new`: answers as people give them, and the files that they become."""

from __future__ import annotations

import io
import json
import math

import jsonschema
import pytest
import yaml

import wom
from wom import cli
from wom.errors import InputError
from wom.parameters import Range
from wom.report import asking

ANSWERS = {
    "customers": "5,000 people", "spend": "600 EUR a year", "margin": "40 to 50 %", "stay": "90 % a year",
    "new_customers": "don't know", "contacts": "twice a year", "good": "NPS 35", "bad": "?",
    "recommended": "1 in 5",
}  # fmt: skip
YEAR = 0.9 ** (1 / 12)
OPTIONS = [part for key, text in ANSWERS.items() for part in (f"--{key.replace('_', '-')}", text)]


@pytest.mark.parametrize(
    ("read", "text", "value"),
    [*((asking.figure, text, 5000) for text in ("5000", "5,000", "5 000", "5'000", "5k", "5 thousand people")),
     (asking.figure, "1.2 million", 1.2e6), (asking.figure, "19,90", 19.9),
     (asking.figure, "1.250.000", 1_250_000), (asking.figure, "1,250,000.50", 1_250_000.5),
     (asking.rate, "twice a year", 2 / 12), (asking.rate, "every 2 weeks", 26 / 12), (asking.rate, "monthly", 1),
     (asking.rate, "3 times a month", 3), (asking.rate, "once a quarter", 1 / 3), (asking.rate, "$50", 50),
     (asking.rate, "1800 a year", 150), (asking.rate, "600 EUR a year", 50), (asking.rate, "50 USD per month", 50),
     (asking.rate, "40 to 60 a month", Range(40, 50, 60)),
     (asking.staying, "90 % a year", YEAR), (asking.staying, "97.5 % a month", 0.975),
     (asking.staying, "10 % leave a year", YEAR),
     (asking.staying, "85 to 90 % a year", Range(0.85 ** (1 / 12), (0.85 ** (1 / 12) + YEAR) / 2, YEAR)),
     (asking.share, "40 %", 0.4), (asking.share, "0.4", 0.4), (asking.share, "40", 0.4),
     (asking.share, "0 %", 0.0), (asking.share, "1 in 5", 0.2), (asking.share, "40-50 %", Range(0.4, 0.45, 0.5))],
)  # fmt: skip
def test_rates_and_what_stays_are_per_month_and_shares_are_shares(read, text, value):
    assert asking.ranged(text, read) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize(
    ("read", "texts", "part"),
    [(asking.figure, ["1.250", "many", "", "1,2,3", "--", "50 of 60", "5 dozen", "1e400", "10 %"],
      "meant as|is no number"),
     (asking.staying, ["90 %"], "for a month or for a year"),
     (asking.rate, ["many", "many a year", "inf", "a few times a month", ""], "is no number"),
     (asking.share, ["1", "140 %", "most"], "meant as|is no share|is no number")],
)  # fmt: skip
def test_what_says_nothing_or_two_things_is_asked_about(read, texts, part):
    for text in texts:
        with pytest.raises(InputError, match=part):
            read(text)


def test_an_nps_is_good_less_bad_whatever_lies_between():
    good, bad = asking.contacts("NPS 35")
    mixes = wom.nps(35, wom.load("retailer/today"), draws=2).shares  # the ends of all mixes that give it
    assert [good.low, good.high] == pytest.approx(mixes.loc["promoters", ["low", "high"]].to_list())
    assert [bad.low, bad.high] == pytest.approx(mixes.loc["detractors", ["low", "high"]].to_list())
    for better, worse in zip(good, reversed(bad), strict=True):
        assert good.central - bad.central == pytest.approx(0.35, rel=1e-12)
        assert better + worse <= 1
    assert asking.contacts("an NPS of −20")[0].central < asking.contacts("NPS 20")[0].central
    assert asking.contacts("35 NPS") == asking.contacts("Net Promoter Score: 35") == (good, bad)
    for text in ("NPS 100", "NPS -100"):
        assert all(
            0 <= end <= 1
            for value in asking.contacts(text)
            for end in ([value] if isinstance(value, float) else value)
        )


@pytest.mark.parametrize(("bad", "good"), [("6 %", 0.41), ("2 to 4 %", Range(0.37, 0.38, 0.39))])
def test_with_an_own_bad_share_an_nps_says_which_share_is_good(bad, good):
    values, said = asking.numbers(ANSWERS | {"bad": bad})
    assert values["experience.good_share"] == pytest.approx(good, rel=1e-12)
    assert said["experience.good_share"] == f"you said NPS 35, and {bad} bad"


def test_fewer_stars_are_more_bad_contacts():
    assert asking.contacts("4 stars out of 5") == asking.contacts("4 stars")
    bad = [wom.parameters.central(asking.contacts(f"{stars} stars")[1]) for stars in (4.5, 4.0, 3.0)]
    assert bad == sorted(bad)
    assert bad[0] < bad[-1]
    with pytest.raises(InputError):
        asking.contacts("0.5 stars")


def test_writes_files_that_load_and_say_what_was_said(tmp_path, capsys):
    folder = tmp_path / "Our shop"
    assert cli.main(["new", str(folder), *OPTIONS, "--name", 'The "best" <shop>']) == 0
    said = capsys.readouterr().out
    assert "Next: wom run" in said
    today = (folder / "today.yaml").read_text(encoding="utf-8")
    assert today.startswith("# yaml-language-server: $schema=wom-scenario.schema.json\n")
    assert "you said 90 % a year" in today
    assert "assumed; to find out: count first purchases" in today
    case = wom.load(folder / "today.yaml")
    assert (case.title, case.currency) == ('The "best" <shop>', "EUR")
    given = case.today.given()
    assert given["retention.retention_rate"] == pytest.approx(YEAR, rel=1e-7)  # eight digits are written
    assert given["experience.contacts_per_month"] == pytest.approx(1 / 6, rel=1e-7)
    assert given["economics.margin_share"] == Range(0.4, 0.45, 0.5)
    plan = wom.load(folder / "first-plan.yaml")
    assert len(plan.plan) == 1
    assert math.isfinite(wom.simulate(plan).npv)
    schema = json.loads((folder / "wom-scenario.schema.json").read_text(encoding="utf-8"))
    for name in ("today.yaml", "first-plan.yaml"):
        jsonschema.validate(yaml.safe_load((folder / name).read_text(encoding="utf-8")), schema)
    assert cli.main(["new", str(folder), *OPTIONS]) == 2  # nothing is overwritten
    assert "is there already" in capsys.readouterr().err


def test_takes_a_file_of_answers_and_says_what_is_missing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO())
    file = tmp_path / "answers.yaml"
    file.write_text(yaml.safe_dump(ANSWERS | {"customers": 5000, "good": "25 %", "bad": "6 %"}))
    assert cli.main(["new", str(tmp_path / "a"), "--from", str(file)]) == 0
    file.write_text(yaml.safe_dump({"customers": 5000}))
    assert cli.main(["new", str(tmp_path / "b"), "--from", str(file)]) == 2
    assert "nobody is here to be asked; give --spend, --margin" in capsys.readouterr().err
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    ("change", "part"),
    [({"customers": "?"}, "customers: nothing can be said in money without it; count who bought"),
     ({"stay": "90 %"}, "stay: for a month or for a year"),
     ({"bad": "40 %"}, "bad: 40 % contradicts NPS 35, which is good less bad: of 100 contacts, from 0 to"),
     ({"good": "70 %", "bad": "40 %"}, "of 100 contacts, 70 good and 40 bad make 110"),
     ({"recommended": "yes"}, "recommended: 'yes' is no number")],
)  # fmt: skip
def test_what_cannot_be_is_answered_in_words(change, part, tmp_path, capsys):
    answers = ANSWERS | change
    options = [word for key, text in answers.items() for word in (f"--{key.replace('_', '-')}", text)]
    assert cli.main(["new", str(tmp_path / "shop"), *options]) == 2
    assert part in capsys.readouterr().err
    assert not (tmp_path / "shop").exists()


def test_asks_on_a_terminal_until_it_can_read_the_answer(monkeypatch, capsys):
    given = iter(["5000", "50 USD", "40 %", "90 %", "90 % a year", "10 %", "-5", "150", "monthly", "75 %", "30 %",
                  "don't know", "25 %", "6 %"])  # fmt: skip
    monkeypatch.setattr("builtins.input", lambda _: next(given))
    answers: dict[str, str] = {}
    asking.ask(answers)
    assert sorted(answers) == sorted(question.key for question in asking.QUESTIONS)
    said = capsys.readouterr().out
    for wrong in ("for a month or for a year", "'10 %' is no number", "is -5", "75 good and 30 bad make 105"):
        assert wrong in said  # and asked again
    assert "That is 99 %: stay from one month to the next." in said
    assert "80 % of businesses believe that they give excellent service" in said  # what others have
    assert len(asking.QUESTIONS) == 9


def test_an_end_of_the_answers_is_said(monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO("5000\n"))
    with pytest.raises(InputError, match="spend: no answer was given"):  # Ctrl-D
        asking.ask({})
