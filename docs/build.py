"""Build the site: `make docs`. Reports are made first, so that pages can be opened and asked; then Sphinx."""

import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path
from urllib.parse import unquote

import yaml

from wom.cli import main

HERE = Path(__file__).parent
ROOT = HERE.parent
BUILD = HERE / "_build"
SITE = "What good service is worth and what bad service costs"
SHOWN = {
    "make-it-right": ["retailer/make-it-right"],
    "front-line-training": ["retailer/front-line-training"],
    "viral-complaint": ["retailer/viral-complaint"],
    "customer-worth": ["retailer/today", "--notebook", "customer_worth"],
    "workshop": ["--notebook", "workshop"],
    "evidence": ["--notebook", "evidence"],
    "calculators": ["--notebook", "calculators"],
}
"""Pages that the site opens, by name: what `wom run` is given."""


def reports(gallery: list[Path]) -> None:
    """Make the living pages below `_build/pages`: those shown, and one for each business of the gallery."""
    made, pages = BUILD / "reports", BUILD / "pages"
    shutil.rmtree(pages, ignore_errors=True)
    tasks = {f"reports/{name}": arguments for name, arguments in SHOWN.items()}
    tasks |= {f"gallery/{file.stem}": [str(file)] for file in gallery}
    for name, arguments in tasks.items():
        folder = made / name.replace("/", "-")
        if code := main(["run", *arguments, "--no-deck", "--no-notebook", "--keep", "1", "--output", str(folder)]):
            sys.exit(code)
        target = pages / f"{name}.html"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(folder / "latest" / "report.html", target)


def listing(gallery: list[Path]) -> str:
    """Return the gallery's page: a row for each business, with what makes it what it is and its living page."""
    rows = ["| business | what it is | customers | contacts a month | stay a month |", "|---|---|--:|--:|--:|"]
    for file in gallery:
        why, _, rest = file.read_text(encoding="utf-8").partition("\n")
        business = yaml.safe_load(rest)
        link = f"[{business['title']}](page:gallery/{file.stem})"
        market, service, stay = (business["today"][part] for part in ("market", "experience", "retention"))
        what = why.removeprefix("# Invented and believable: ")
        numbers = f"{market['customers']:,} | {service['contacts_per_month']:g} | {stay['retention_rate']:.2%}"
        rows.append(f"| {link} | {what} | {numbers} |")
    return "\n".join(rows)


def for_machines(site: Path) -> str:
    """Return llms.txt: what this is, and a line for each page."""
    lines = ["# wom", "", f"> {SITE}.", "", "Begin with for-agents.html.", ""]
    for source in sorted(HERE.glob("*.md")):
        heading = re.search("<h1>(.*?)<a ", (site / f"{source.stem}.html").read_text(encoding="utf-8"), re.DOTALL)
        lines.append(f"- [{re.sub('<.*?>', '', heading[1]) if heading else source.stem}]({source.stem}.html)")
    return "\n".join(lines) + "\n"


def broken(site: Path) -> list[str]:
    """Return links and pictures that lead nowhere on disk, and whatever a page would fetch from a network."""
    found = []
    for page in sorted(site.rglob("*.html")):
        text = page.read_text(encoding="utf-8")
        visible = re.sub(r"(?s)<(script|svg)\b.*?</\1>", "", text)
        targets = re.findall(r"""(?:href|src)=["']([^"'#?]+)""", visible)
        nowhere = [
            each
            for each in targets
            if not re.match("[a-z]+:", each) and not (page.parent / unquote(each)).exists()
        ]
        fetched = re.findall(r"""<(?:script|img|link)[^>]+(?:src|href)=["'](https?:[^"']+)""", text)
        found += [f"{page.relative_to(site)}: {target}" for target in nowhere + fetched]
    return found


if __name__ == "__main__":
    os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
    businesses = sorted((ROOT / "tests" / "data" / "businesses").glob("*.yaml"))
    reports(businesses)
    (BUILD / "gallery.md").write_text(listing(businesses), encoding="utf-8")
    site = BUILD / "site"
    subprocess.run(
        [sys.executable, "-m", "sphinx", "-W", "--keep-going", "-q", "-b", "html", str(HERE), str(site)],
        check=True,
    )
    (site / "llms.txt").write_text(for_machines(site), encoding="utf-8")
    if wrong := broken(site):
        sys.exit("\n".join(["Links that lead nowhere:", *wrong]))
    print(site / "index.html")
