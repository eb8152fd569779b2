"""Make the binary files of bench/household/files, with the libraries that write such files.

Only needed to change them: `pip install python-docx python-pptx openpyxl fpdf2` and
`python -m bench.household.make_files`. The other files there are written by hand.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path

from tests.readers.odf_maker import make_odf
from tests.readers.zips import make_epub

FILES = Path(__file__).parent / "files"
Rows = Sequence[Sequence[str | float]]

DISHWASHER = (
    """Lunaro DW 460 dishwasher
Instructions for use

1. Before the first wash
Fill the salt container with 1.2 kg of salt. Set the water hardness:
hold Start until the display shows H4, then choose with the Eco key.
Pour rinse aid into the round opening, 110 ml at most.

2. Child lock
To lock the door, press Start and Eco together for five seconds.
A key appears in the display. The same two keys unlock it again.

3. Programmes
Eco 50 takes 3 hours 15 minutes and needs 9.5 litres of water.
Intensive 70 takes 2 hours 20 minutes and needs 14 litres.
Quick 45 takes 29 minutes and needs 10.5 litres.
Glass 40 takes 1 hour 25 minutes and needs 12 litres.""",
    """4. Cleaning
Rinse the filter under the tap every two weeks. To take it out, turn
it to the left and lift it. Wipe the door seal with a damp cloth;
never use steel wool. Spray arms: pull the lower one upwards,
unscrew the upper one.

5. Messages
E1 The water tap is closed or the hose has a kink.
E4 Water in the floor pan: close the tap and call the service.
E7 The heating is broken: only the service can mend it.
F2 The filter is blocked: rinse it.

6. Data
Rated power 2,100 W. Noise 44 dB. Weight 38.5 kg.
Width 59.8 cm, height 81.5 cm, depth 55 cm.
Service: Lunaro Care, 0800 555 0199, Monday to Saturday.
The guarantee lasts three years; pumps are covered for ten.""",
)
TRAVEL_2025 = (
    """Brightwater Surveyors
Travel policy, valid from 1 January 2025
It replaces the policy of 2023.

Train journeys are booked in second class; over four hours, in first.
Use of a private car is paid at 0.38 euros a kilometre.
A hotel may cost up to 145 euros a night, in capitals 180 euros.
The daily allowance is 32 euros, on days of less than eight hours 16.
Claims are handed in within 30 days to Gisela Vantongeren.
Flights need the signature of Sunniva Aall.""",
)
TRAVEL_2023 = """<text:h text:outline-level="1">Travel policy 2023</text:h>
<text:p>Brightwater Surveyors, valid from 1 March 2023.</text:p>
<text:p>All train journeys are booked in second class.</text:p>
<text:p>Use of a private car is paid at 0.30 euros a kilometre.</text:p>
<text:p>A hotel may cost up to 110 euros a night.</text:p>
<text:p>The daily allowance is 28 euros, on days of less than eight hours 14.</text:p>
<text:p>Claims are handed in within 60 days to Henk Moerman.</text:p>
<text:p>Flights within Europe are not paid.</text:p>"""
MINUTES = (
    ("", "Date: 18 February 2025, 14:00 to 15:20, room Cedar"),
    ("", "Present: Sunniva Aall (chair), Caspian Doyle, Mirela Stancu, Gisela Vantongeren"),
    ("", "Excused: Ruben Okonkwo"),
    (
        "1. Open day",
        "The open day is moved from the 27th to the 24th of May, because the town hall",
    ),
    ("2. Drone", "Caspian reported that the drone's left motor fails in the cold. A new one costs"),
    (
        "3. Server",
        "The server room gets a second air conditioner. Until it is there, the door stays",
    ),
    ("4. Next meeting", "18 March, 14:00, again in Cedar. Mirela brings the cake."),
)
MORE = {
    "1. Open day": " needs the square on the 27th. Mirela draws the posters until 4 April.",
    "2. Drone": " 640 euros; the purchase was approved with three votes against one.",
    "3. Server": " open during the day, and Ruben checks the temperature every morning.",
}
TASKS: Rows = (
    ("Task", "Who", "Until"),
    ("Posters for the open day", "Mirela Stancu", "4 April"),
    ("Order the motor", "Caspian Doyle", "28 February"),
    ("Quotes for the roof", "Sunniva Aall", "14 March"),
    ("Budget of the open day", "Gisela Vantongeren", "21 March"),
)
PRICES: Rows = (
    ("Article", "Size", "Price in euros", "In stock", "Supplier"),
    ("Boundary stone, granite", "10 x 10 x 60 cm", 27.4, 64, "Hollenberg"),
    ("Boundary stone, plastic", "8 x 8 x 50 cm", 9.85, 210, "Polymark"),
    ("Survey pole, steel", "2 m", 34.9, 18, "Hollenberg"),
    ("Survey pole, carbon", "2 m", 88.0, 5, "Aerolite"),
    ("Marking spray, red", "500 ml", 6.3, 96, "Farbwerk Ohm"),
    ("Marking spray, blue", "500 ml", 6.3, 41, "Farbwerk Ohm"),
    ("Prism, standard", "62 mm", 149.0, 7, "Aerolite"),
    ("Tripod, wood", "1.7 m", 212.0, 4, "Nordholz"),
    ("Field book, waterproof", "A5", 11.2, 33, "Papier Renner"),
)
BUDGET: Rows = (
    ("Household budget 2025", "January", "February", "March"),
    ("Rent", "902", "902", "902"),
    ("Groceries", "411", "386", "428"),
    ("Electricity", "73", "79", "66"),
    ("Travel", "58", "240", "37"),
    ("Allotment", "12", "95", "44"),
    ("Saved", "350", "120", "310"),
)
RECIPES = {
    "bread.xhtml": (
        "Rye bread with walnuts",
        "Makes one loaf. You need 450 g of rye flour, 150 g of wheat flour, 12 g of salt, 420 ml "
        "of lukewarm water, 80 g of walnuts and 200 g of sourdough.",
        "Mix everything but the nuts and let the dough rest for 40 minutes. Work in the walnuts, "
        "shape a loaf and let it rise for three hours.",
        "Bake it at 240 degrees for a quarter of an hour, then at 190 degrees for 50 minutes. It "
        "is done when it sounds hollow. Aunt Hedda spreads it with salted butter.",
    ),
    "soup.xhtml": (
        "Yellow pea soup for Thursdays",
        "For six people. Soak 500 g of yellow peas overnight in two litres of water.",
        "Boil them with two onions, a ham bone and a spoon of marjoram for an hour and a half. "
        "Take out the bone, cut up the meat and put it back.",
        "Serve the soup with mustard and, as Ole likes it, a glass of warm punch. It can be frozen "
        "for three months.",
    ),
    "cake.xhtml": (
        "Karin's apple cake",
        "Four eggs, 180 g of sugar, 200 g of butter, 220 g of flour, a packet of baking powder, "
        "six apples, cinnamon.",
        "Beat butter and sugar until white, stir in the eggs one by one, then flour and baking "
        "powder. Fill a tin of 26 cm, lay the apples on top, sprinkle with cinnamon.",
        "Bake for 55 minutes at 175 degrees. With cream it serves twelve.",
    ),
}
SLIDES = (
    ("Welcome to Brightwater", "Founded in 1987 in a former dairy\n34 people in two towns"),
    (
        "Your first day",
        "Collect your key card from Sunniva at 9:00\nRuben sets up your laptop\nLunch with your "
        "mentor at noon",
    ),
    (
        "Working time",
        "37.5 hours a week\nCore time: 10:00 to 14:30\nTwo days a week may be worked from home",
    ),
    (
        "Holidays and illness",
        "28 days of holiday a year\nCall 210 before 9:30 when you are ill\nA doctor's note is "
        "needed from the third day",
    ),
)
NOTES = "Visitors park behind the dairy; the barrier opens with the code 6620."


def make_pdf(path: Path, pages: Sequence[str]) -> None:
    from fpdf import FPDF

    made = FPDF()
    made.set_font("Helvetica", size=11)
    for page in pages:
        made.add_page()
        made.multi_cell(0, 6, page)
    made.output(str(path))


def make_docx(path: Path) -> None:
    from docx import Document

    made = Document()
    made.add_heading("Minutes of the team meeting", 0)
    for heading, text in MINUTES:
        if heading:
            made.add_heading(heading, 1)
        made.add_paragraph(text + MORE.get(heading, ""))
    made.add_heading("Tasks", 1)
    table = made.add_table(rows=0, cols=len(TASKS[0]))
    for row in TASKS:
        for cell, content in zip(table.add_row().cells, row, strict=True):
            cell.text = str(content)
    made.save(str(path))


def make_pptx(path: Path) -> None:
    from pptx import Presentation

    made = Presentation()
    for title, points in SLIDES:
        slide = made.slides.add_slide(made.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = points
    made.slides[1].notes_slide.notes_text_frame.text = NOTES
    made.save(str(path))


def make_xlsx(path: Path) -> None:
    from openpyxl import Workbook

    made = Workbook()
    made.active.title = "Prices 2025"
    for row in PRICES:
        made.active.append(row)
    made.save(str(path))


def budget() -> str:
    rows = "".join(
        "<table:table-row>"
        + "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in row)
        + "</table:table-row>"
        for row in BUDGET
    )
    return f'<table:table table:name="Budget">{rows}</table:table>'


def page(parts: Sequence[str]) -> str:
    title, *paragraphs = map(escape, parts)
    body = f"<h1>{title}</h1>" + "".join(f"<p>{text}</p>" for text in paragraphs)
    return (
        f'<html xmlns="http://www.w3.org/1999/xhtml"><head><title>{title}</title></head>'
        f"<body>{body}</body></html>"
    )


if __name__ == "__main__":
    make_pdf(FILES / "manuals/dishwasher.pdf", DISHWASHER)
    make_pdf(FILES / "office/travel-policy-2025.pdf", TRAVEL_2025)
    make_docx(FILES / "office/minutes-2025-02-18.docx")
    make_pptx(FILES / "office/first-day.pptx")
    make_xlsx(FILES / "money/price-list.xlsx")
    (FILES / "money/budget-2025.ods").write_bytes(make_odf("spreadsheet", budget()))
    (FILES / "office/travel-policy-2023.odt").write_bytes(make_odf("text", TRAVEL_2023))
    pages = {name: page(parts) for name, parts in RECIPES.items()}
    (FILES / "recipes/kitchen.epub").write_bytes(make_epub(pages))
