"""What is written to be read: the front page, links, questions. `make docs` runs the code of the site itself."""

import math
import re
import runpy
from pathlib import Path

import pytest
import yaml
from IPython.core.interactiveshell import InteractiveShell

import wom

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
QUESTIONS = yaml.safe_load((DOCS / "questions.yaml").read_text(encoding="utf-8"))


# --- code ---------------------------------------------------------------------------------------------------


@pytest.fixture
def shell(tmp_path, monkeypatch):
    """IPython in an empty directory, as a reader has it who types along."""
    monkeypatch.chdir(tmp_path)
    shell = InteractiveShell.instance()
    yield shell
    shell.reset()


def test_the_ten_lines_of_the_readme_run(shell, capfd):
    (code,) = re.findall(
        r"^```python\n(.*?)^```", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    assert sum(map(bool, code.splitlines())) <= 11  # ten lines, and the import
    for line in code.splitlines():
        few = re.sub(r"(spread|sensitivity)\(plan\)", r"\1(plan, draws=128)", line)  # as any number of draws
        shell.run_cell(few).raise_error()


def test_a_link_leads_to_a_file_that_is_there():
    for text in (*DOCS.glob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"):
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", text.read_text(encoding="utf-8")):
            known = "{{" in target or re.match(r"(https?|page):", target)
            assert known or (text.parent / target).exists(), (text, target)


def test_every_promised_name_and_every_shown_page_has_its_place():
    conf = runpy.run_path(str(DOCS / "conf.py"))
    shown = runpy.run_path(str(DOCS / "build.py"))["SHOWN"]
    filled = conf["context"]()  # refuses a name of wom.__all__ that has no place
    assert sum(map(len, filled["keys"].values())) == len(wom.parameters.QUANTITIES)
    pages = "".join(page.read_text(encoding="utf-8") for page in DOCS.glob("*.md"))
    assert set(re.findall(r"\(page:reports/([\w-]+)\)", pages)) <= set(shown)


# --- questions ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def asked():
    """What a question's call may name."""
    shop = wom.load("retailer/today")
    return {
        "wom": wom,
        "shop": shop,
        "plan": wom.load("retailer/make-it-right"),
        "training": wom.load("retailer/front-line-training"),
        "served": wom.service_worth(shop),
        "events": wom.experience_worth(shop),
        "sure": wom.worth_intervals(shop),
    }


assert len(QUESTIONS) >= 40


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["ask"])
def test_a_question_has_the_right_answer_or_an_honest_refusal(question, asked):
    assert question["never"]
    assert {"refused", "same", "within", "holds"} & question.keys()  # nothing is asked whose answer is not checked
    if "refused" in question:
        with pytest.raises(wom.WomError, match=re.escape(question["refused"])):
            eval(question["call"], asked)
        return
    answer = eval(question["call"], asked)
    if "same" in question:
        other = eval(question["same"], asked)
        # 1e-9: two ways to one number differ by rounding only
        assert answer == other or math.isclose(answer, other, rel_tol=1e-9)
    if "within" in question:
        low, high = eval(question["within"], asked)
        assert low < high
        assert low <= answer <= high
    if "holds" in question:
        assert eval(question["holds"], asked | {"answer": answer})
