"""A batch of 200 A4 sheets in one PDF, against drawing the 200 bare codes with `qrcode`."""

from __future__ import annotations

import argparse
import io
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.processes import ROOT
from qr.address import ALPHABET

COUNT = 200
URL = "https://otzyv.asr-svet.example"
WORK = ("sheets", "codes")


def tokens() -> list[str]:
    chance = random.Random(1)
    return ["".join(chance.choices(ALPHABET, k=8)) for _ in range(COUNT)]


def draw_sheets(folder: Path) -> None:
    from backend.office import load
    from bot.opening import ACTIONS
    from bot.paper import brand_of, sheet_of
    from qr.sheet import book

    office, _ = load(ROOT / "demo", actions=ACTIONS)
    assert office is not None
    points = [point for point in office.points if point.sheet is not None]
    brand = brand_of(office, ROOT / "demo")
    begun = time.perf_counter()
    sheets = [
        sheet_of(office, points[place % len(points)], token, URL, draft=False) for place, token in enumerate(tokens())
    ]
    content = book(sheets, "A4", brand)
    took = time.perf_counter() - begun
    (folder / "sheets.pdf").write_bytes(content)
    report(took)


def draw_codes(_folder: Path) -> None:
    """As the documentation of `qrcode` does it: a picture of each, kept as PNG."""
    import qrcode

    from qr.address import printed

    begun = time.perf_counter()
    for token in tokens():
        made = qrcode.QRCode(error_correction=qrcode.constants.ERROR_CORRECT_Q)
        made.add_data(printed(URL, token))
        made.make_image().save(io.BytesIO())
    report(time.perf_counter() - begun)


def report(took: float) -> None:
    peak = resource.getrusage(resource.RUSAGE_SELF)
    cpu = peak.ru_utime + peak.ru_stime
    print(f"{took} {cpu} {peak.ru_maxrss / 1024}")


def measured(work: str, folder: Path) -> list[float]:
    """Seconds on the clock, seconds of CPU, peak megabytes of a process that does only this, on one core."""
    done = subprocess.run(
        ["taskset", "-c", "0", sys.executable, "-m", "benchmarks.sheets", work, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [float(word) for word in done.stdout.split()]


def unread(pdf: Path, folder: Path) -> int:
    """Sheets of the PDF whose code is not the address that was to be printed."""
    import typst
    import zxingcpp
    from PIL import Image

    from qr.address import printed

    source = folder / "raster.typ"
    source.write_text(
        "#set page(width: 210mm, height: 297mm, margin: 0pt)\n"
        f'#for page in range(1, {COUNT + 1}) {{ image("{pdf.name}", page: page, width: 100%) }}'
    )
    typst.compile(source, output=folder / "page-{p}.png", format="png", ppi=50)
    wrong = 0
    pages = sorted(folder.glob("page-*.png"), key=lambda file: int(file.stem.removeprefix("page-")))
    for page, token in zip(pages, tokens(), strict=True):
        with Image.open(page) as picture:
            found = [one.text for one in zxingcpp.read_barcodes(picture.convert("L"))]
        wrong += found != [printed(URL, token)]
    return wrong


def sheets() -> list[Figure]:
    with tempfile.TemporaryDirectory(prefix="otklik-sheets-") as name:
        folder = Path(name)
        codes = measured("codes", folder)
        drawn = measured("sheets", folder)
        return [
            Figure(f"sheets: {COUNT} A4 in one PDF, one core", COUNT / drawn[0], "a second", at_least=20),
            Figure("sheets: their time ÷ drawing the bare codes with qrcode", drawn[0] / codes[0], "", at_most=3),
            Figure("sheets: peak memory", drawn[2], "MB", at_most=400),
            Figure("sheets: pages whose code is not read back", unread(folder / "sheets.pdf", folder), "", at_most=0),
        ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("work", choices=WORK)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    (draw_sheets if given.work == "sheets" else draw_codes)(given.folder)
