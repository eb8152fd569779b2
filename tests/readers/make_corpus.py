"""Make the binary files of tests/readers/corpus, with the libraries that write such files.

Only needed to change them: `pip install python-docx python-pptx openpyxl` and
`python -m tests.readers.make_corpus`.
"""

from __future__ import annotations

import gzip
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


ODT = """<text:h text:outline-level="1">Well</text:h><text:p>It is 10<text:span
text:style-name="up">2</text:span> feet deep.</text:p><text:list text:style-name="L">
<text:list-item><text:p>dig</text:p></text:list-item><text:list-item><text:p>line</text:p></text:list-item>
</text:list><table:table><table:table-row><table:table-cell table:number-rows-spanned="2">
<text:p>May</text:p></table:table-cell><table:table-cell><text:p>9 m</text:p></table:table-cell>
</table:table-row><table:table-row><table:covered-table-cell/><table:table-cell><text:p>stone
</text:p></table:table-cell></table:table-row></table:table>"""
ODT_STYLES = """<style:style style:name="up" style:family="text"><style:text-properties
style:text-position="super 58%"/></style:style><text:list-style style:name="L">
<text:list-level-style-number text:level="1" style:num-format="1" style:num-suffix="."/>
</text:list-style>"""
ODS = """<table:table table:name="Stock"><table:table-row><table:table-cell><text:p>Seed</text:p>
</table:table-cell><table:table-cell><text:p>Share</text:p></table:table-cell></table:table-row>
<table:table-row table:number-rows-repeated="2"><table:table-cell><text:p>Rye</text:p>
</table:table-cell><table:table-cell office:value-type="percentage" office:value="0.075">
<text:p>7.5%</text:p></table:table-cell></table:table-row></table:table>"""
ODP = """<draw:page><draw:frame presentation:class="title"><draw:text-box><text:p>Pump</text:p>
</draw:text-box></draw:frame><draw:frame><draw:text-box><text:p>Drain it.</text:p></draw:text-box>
</draw:frame></draw:page>"""
RTF = rb"""{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 Arial;}}{\stylesheet{\s1 heading 1;}}
\pard\s1 Letter\par\pard 5 km{\super 2} of K\'f6ln.{\super\chftn{\footnote
{\super\chftn} Or near it.}}\par
\trowd\cellx100\cellx200\pard\intbl a\cell b\cell\row\pard{\listtext 1.\tab}one\par}"""


def make_others() -> None:
    """The files that are written by hand."""
    from tests.readers.odf_maker import make_odf
    from tests.readers.ole_maker import make_ole, properties, text

    (CORPUS / "plan.odt").write_bytes(make_odf("text", ODT, ODT_STYLES))
    (CORPUS / "stock.ods").write_bytes(make_odf("spreadsheet", ODS))
    (CORPUS / "pump.odp").write_bytes(make_odf("presentation", ODP))
    (CORPUS / "letter.rtf").write_bytes(RTF)
    told = {**text("0037", "Hay"), **text("0C1A", "Ann"), **text("1000", "It costs 120 €.")}
    message = {**properties(32), **told}
    (CORPUS / "hay.msg").write_bytes(make_ole(message))
    packed = gzip.compress(b"day,litres\n1,2\n", mtime=0)
    (CORPUS / "days.csv.gz").write_bytes(packed)


if __name__ == "__main__":
    make_others()
    make_docx(CORPUS / "handbook.docx")
    make_pptx(CORPUS / "winter.pptx")
    make_xlsx(CORPUS / "shop.xlsx")
    make_epub(CORPUS / "well.epub")
