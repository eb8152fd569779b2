"""Make the binary files of tests/readers/corpus, with the libraries that write such files.

Only needed to change them: `pip install python-docx python-pptx openpyxl` and
`python -m tests.readers.make_corpus`.
"""

from __future__ import annotations

import zipfile
from datetime import datetime
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"


def make_docx(path: Path) -> None:
    from docx import Document

    made = Document()
    made.add_heading("Garden handbook", 0)
    made.add_paragraph("For whoever waters the plants.")
    made.add_heading("Watering", 1)
    made.add_paragraph("Tomatoes want two litres a day,\tin the morning.")
    made.add_paragraph("cucumbers", style="List Bullet")
    made.add_paragraph("beans", style="List Bullet")
    made.add_heading("Plan", 2)
    rows = [("Plant", "Litres", "Time"), ("Tomato", "2", "07:00"), ("Bean", "1", "18:30")]
    table = made.add_table(rows=0, cols=3)
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    made.add_heading("Größe & Ernte", 1)
    made.add_paragraph("Harvest when the fruit is red — 収穫の時期.")
    made.save(str(path))


def make_pptx(path: Path) -> None:
    from pptx import Presentation
    from pptx.util import Inches

    made = Presentation()
    title = made.slides.add_slide(made.slide_layouts[0])
    title.shapes.title.text = "Winter plan"
    title.placeholders[1].text = "What to do from November on"
    points = made.slides.add_slide(made.slide_layouts[1])
    points.shapes.title.text = "Pump"
    points.placeholders[1].text = "Drain it before the frost\nStore it in the cellar"
    points.notes_slide.notes_text_frame.text = "The drain plug is under the lid."
    table_slide = made.slides.add_slide(made.slide_layouts[5])
    table_slide.shapes.title.text = "Costs"
    table = table_slide.shapes.add_table(3, 2, Inches(1), Inches(2), Inches(4), Inches(1)).table
    for row, cells in enumerate([("Item", "Euro"), ("Fleece", "24"), ("Lamp", "61")]):
        for column, text in enumerate(cells):
            table.cell(row, column).text = text
    made.save(str(path))


def make_xlsx(path: Path) -> None:
    from openpyxl import Workbook

    made = Workbook()
    sales = made.active
    sales.title = "Sales"
    for row in [
        ("Sales of the farm shop",),
        (),
        ("Day", "Product", "Kilos", "Euro", "Paid"),
        (datetime(2026, 3, 1), "Tomatoes", 12.5, 50, True),
        (datetime(2026, 3, 2), "Beans,\nfresh", 3, 0.1 + 0.2, False),
        (datetime(2026, 3, 3, 14, 30), "Äpfel", None, 7, None),
    ]:
        sales.append(row)
    stock = made.create_sheet("Stock list")
    stock.append(("Product", "Boxes"))
    stock.append(("Tomatoes", 4))
    stock["B3"] = "=SUM(B2:B2)"
    made.create_sheet("Empty")
    made.save(str(path))


CONTAINER = """<?xml version="1.0"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles>
<rootfile full-path="OEBPS/book.opf" media-type="application/oebps-package+xml"/>
</rootfiles></container>"""
BOOK = """<?xml version="1.0" encoding="utf-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>The Well</dc:title></metadata>
<manifest>
<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/>
<item id="c2" href="text/two%20b.xhtml" media-type="application/xhtml+xml"/>
<item id="c1" href="text/one.xhtml" media-type="application/xhtml+xml"/>
<item id="css" href="style.css" media-type="text/css"/>
</manifest>
<spine><itemref idref="c1"/><itemref idref="c2"/></spine></package>"""
NAV = """<?xml version="1.0" encoding="utf-8"?>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops">
<body><nav epub:type="toc"><ol>
<li><a href="text/one.xhtml">The digging</a></li>
<li><a href="text/two%20b.xhtml#start">The water</a></li>
</ol></nav></body></html>"""
ONE = """<?xml version="1.0" encoding="utf-8"?>
<html xmlns="http://www.w3.org/1999/xhtml">
<head><title/><style type="text/css">p { color: red }</style></head>
<body><h1>1. The digging</h1><a id="p1"/><p>They began in <i>April</i>.</p>
<p>By May it was nine metres deep.</p></body></html>"""
TWO = """<?xml version="1.0" encoding="utf-8"?>
<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title></head>
<body><p id="start">The water came at night&#8230;</p>
<p>It tasted of iron &amp; stone.</p></body></html>"""


def make_epub(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as made:
        for name, text in {
            "mimetype": "application/epub+zip",
            "META-INF/container.xml": CONTAINER,
            "OEBPS/book.opf": BOOK,
            "OEBPS/nav.xhtml": NAV,
            "OEBPS/text/one.xhtml": ONE,
            "OEBPS/text/two b.xhtml": TWO,
            "OEBPS/style.css": "p { color: red }",
        }.items():
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            made.writestr(info, text)


if __name__ == "__main__":
    make_docx(CORPUS / "handbook.docx")
    make_pptx(CORPUS / "winter.pptx")
    make_xlsx(CORPUS / "shop.xlsx")
    make_epub(CORPUS / "well.epub")
