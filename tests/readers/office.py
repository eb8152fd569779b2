"""Write Word documents and presentations by hand, for tests, out of short pieces of XML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mplus_cli.readers import Document, read_document
from tests.readers.zips import RELATIONS, WORD, make_ooxml, relations

_MATH = "http://schemas.openxmlformats.org/officeDocument/2006/math"
NAMES = (
    f'xmlns:w="{WORD}" xmlns:r="{RELATIONS}" xmlns:m="{_MATH}" xmlns:w14="w14" xmlns:w15="w15"'
    ' xmlns:mc="mc" xmlns:wp="wp" xmlns:wps="wps" xmlns:a="a" xmlns:c="c" xmlns:v="v" xmlns:o="o"'
    ' xmlns:p="p" xmlns:a14="a14" xmlns:dgm="dgm" xmlns:p188="p188" xmlns:p15="p15"'
)
Parts = Mapping[str, str | bytes]


def read(body: str, others: Parts | None = None) -> Document:
    """The Word document of a body as it is read."""
    return read_document("a.docx", word(body, others))


def blocks(body: str, others: Parts | None = None) -> list[str]:
    return read(body, others).text.split("\n\n")


def headings(document: Document) -> list[str]:
    return [span.section for span in document.spans if span.heading]


def word(body: str, others: Parts | None = None, links: Mapping[str, str] | None = None) -> bytes:
    """A document; `others`: name in word/ -> the inside of its root, or other bytes.

    A part's kind, which is also its id, is its name without numbers and suffix.
    """
    parts: dict[str, str | bytes] = {}
    related = {}
    for name, content in (others or {}).items():
        kind = name.partition(".")[0].rstrip("0123456789")
        related[name.partition(".")[0]] = (kind, name)
        parts[f"word/{name}"] = _rooted(kind, content)
    parts["word/_rels/document.xml.rels"] = _related(related, links)
    main = f"<w:document {NAMES}><w:body>{body}</w:body></w:document>"
    return make_ooxml("word/document.xml", main, parts)


def text(content: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{content}</w:t></w:r>'


def raised(content: str) -> str:
    return text(content, '<w:vertAlign w:val="superscript"/>')


def lowered(content: str) -> str:
    return text(content, '<w:vertAlign w:val="subscript"/>')


def par(content: str, properties: str = "") -> str:
    """A paragraph of runs, or of plain text."""
    runs = content if content.startswith("<") or not content else text(content)
    return f"<w:p><w:pPr>{properties}</w:pPr>{runs}</w:p>"


def styled(style: str) -> str:
    return f'<w:pStyle w:val="{style}"/>'


def listed(number: int | str, level: int = 0) -> str:
    return f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'


def level(at: int, kind: str, shown: str, more: str = "", start: int = 1) -> str:
    return (
        f'<w:lvl w:ilvl="{at}"><w:start w:val="{start}"/><w:numFmt w:val="{kind}"/>'
        f'{more}<w:lvlText w:val="{shown}"/></w:lvl>'
    )


def numbering(*lists: str, more: str = "") -> str:
    """List n of the document has the levels that are given n-th."""
    kinds = "".join(
        f'<w:abstractNum w:abstractNumId="{n}">{levels}</w:abstractNum>'
        for n, levels in enumerate(lists, start=1)
    )
    numbers = "".join(
        f'<w:num w:numId="{n}"><w:abstractNumId w:val="{n}"/></w:num>'
        for n in range(1, len(lists) + 1)
    )
    return kinds + numbers + more


def field(code: str, result: str | None = None, data: str = "") -> str:
    """A field; without a result only its instruction is there."""
    between = "" if result is None else f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{result}'
    return (
        f'<w:r><w:fldChar w:fldCharType="begin">{data}</w:fldChar></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> {code} </w:instrText></w:r>{between}'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def cell(content: str, properties: str = "") -> str:
    inside = content if content.startswith("<") else par(content)
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{inside}</w:tc>"


def table(*rows: Sequence[str], properties: Sequence[str] = ()) -> str:
    made = ""
    for at, row in enumerate(rows):
        of_row = properties[at] if at < len(properties) else ""
        made += f"<w:tr><w:trPr>{of_row}</w:trPr>{''.join(row)}</w:tr>"
    return f"<w:tbl><w:tblPr/><w:tblGrid/>{made}</w:tbl>"


def m(tag: str, *inside: str) -> str:
    """An element of an equation."""
    return f"<m:{tag}>{''.join(inside)}</m:{tag}>"


def mt(content: str) -> str:
    return f"<m:r><m:t>{content}</m:t></m:r>"


# Presentations


def show(
    slides: Sequence[str],
    others: Parts | None = None,
    near: Mapping[int, Mapping[str, tuple[str, str]]] | None = None,
    links: Mapping[str, str] | None = None,
    top: Mapping[str, tuple[str, str]] | None = None,
) -> bytes:
    """A presentation of slides; `near`: number of a slide -> its relations; `top`: of the whole."""
    related = {f"r{n}": ("slide", f"slides/slide{n}.xml") for n in range(1, len(slides) + 1)}
    listing = "".join(f'<p:sldId id="{255 + n}" r:id="r{n}"/>' for n in range(1, len(slides) + 1))
    main = f"<p:presentation {NAMES}><p:sldIdLst>{listing}</p:sldIdLst></p:presentation>"
    parts: dict[str, str | bytes] = {}
    parts["ppt/_rels/presentation.xml.rels"] = relations({**related, **(top or {})})
    for n, content in enumerate(slides, start=1):
        parts[f"ppt/slides/slide{n}.xml"] = content
        parts[f"ppt/slides/_rels/slide{n}.xml.rels"] = _related((near or {}).get(n, {}), links)
    parts |= {f"ppt/{name}": content for name, content in (others or {}).items()}
    return make_ooxml("ppt/presentation.xml", main, parts)


def slide(shapes: str, attributes: str = "") -> str:
    return f"<p:sld {NAMES} {attributes}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>"


def shape(paragraphs: str, holder: str = "", styles: str = "", about: str = "") -> str:
    place = f'<p:ph type="{holder}"/>' if holder else ""
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="1" name="x" {about}/><p:nvPr>{place}</p:nvPr></p:nvSpPr>'
        f"<p:txBody><a:lstStyle>{styles}</a:lstStyle>{paragraphs}</p:txBody></p:sp>"
    )


def line(content: str, properties: str = "") -> str:
    """A paragraph on a slide, of runs or of plain text."""
    runs = content if content.startswith("<") or not content else piece(content)
    return f"<a:p>{properties}{runs}</a:p>"


def piece(content: str, attributes: str = "", inside: str = "") -> str:
    return f"<a:r><a:rPr {attributes}>{inside}</a:rPr><a:t>{content}</a:t></a:r>"


def auto(kind: str, start: int | None = None, level: int = 0) -> str:
    begin = f' startAt="{start}"' if start else ""
    return f'<a:pPr lvl="{level}"><a:buAutoNum type="{kind}"{begin}/></a:pPr>'


def frame(inside: str, about: str = "") -> str:
    return (
        f'<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="2" name="x" {about}/>'
        f"</p:nvGraphicFramePr><a:graphic><a:graphicData>{inside}</a:graphicData></a:graphic>"
        "</p:graphicFrame>"
    )


# Charts and diagrams


def chart(
    title: str, series: Mapping[str, Sequence[object]], names: Sequence[str], kind: str
) -> str:
    made = "".join(
        f"<c:ser><c:tx>{_cached([name])}</c:tx><c:cat>{_cached(names)}</c:cat>"
        f"<c:val>{_cached(values, kind)}</c:val></c:ser>"
        for name, values in series.items()
    )
    head = f"<c:title><c:tx><c:rich>{line(title)}</c:rich></c:tx></c:title>" if title else ""
    return f"<c:chartSpace {NAMES}><c:chart>{head}{made}</c:chart></c:chartSpace>"


def _cached(values: Sequence[object], kind: str = "") -> str:
    points = "".join(
        f'<c:pt idx="{at}"><c:v>{value}</c:v></c:pt>' for at, value in enumerate(values)
    )
    code = f"<c:formatCode>{kind}</c:formatCode>" if kind else ""
    return f"<c:numRef><c:numCache>{code}{points}</c:numCache></c:numRef>"


def diagram(points: Mapping[int, str], below: Sequence[tuple[int, int, int]]) -> str:
    """SmartArt: its points, and who stands below whom at which place. Point 0 is the whole."""
    made = "".join(
        f'<dgm:pt modelId="{n}"><dgm:t>{line(content)}</dgm:t></dgm:pt>'
        for n, content in points.items()
    )
    ends = "".join(
        f'<dgm:cxn srcId="{over}" destId="{under}" srcOrd="{place}"/>'
        for over, under, place in below
    )
    return f'<dgm:dataModel {NAMES}><dgm:pt modelId="0"/>{made}{ends}</dgm:dataModel>'


def _rooted(kind: str, content: str | bytes) -> str | bytes:
    roots = {"header": "hdr", "footer": "ftr", "commentsExtended": "commentsEx"}
    if isinstance(content, bytes) or content.startswith(f"<c:chartSpace {NAMES}"):
        return content
    tag = roots.get(kind, kind)
    return f"<w:{tag} {NAMES}>{content}</w:{tag}>"


def _related(targets: Mapping[str, tuple[str, str]], links: Mapping[str, str] | None = None) -> str:
    more = "".join(
        f'<Relationship Id="{name}" Type="{RELATIONS}/hyperlink" Target="{address}"'
        ' TargetMode="External"/>'
        for name, address in (links or {}).items()
    )
    return relations(targets).replace("</Relationships>", f"{more}</Relationships>")


def note(kind: str, name: int, content: str, more: str = "") -> str:
    return f'<w:{kind} w:id="{name}"{more}>{par(content)}</w:{kind}>'


def mark(kind: str, name: int, more: str = "", own: str = "") -> str:
    return f'<w:r><w:{kind}Reference w:id="{name}"{more}/>{own}</w:r>'
