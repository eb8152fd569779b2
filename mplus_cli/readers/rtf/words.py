"""What the words of RTF mean: signs, character sets, and groups that hold no text.

They are those of Microsoft's Rich Text Format specification, version 1.9.1.
"""

from __future__ import annotations

SIGNS = {
    "line": "\n",
    "lbr": "\n",
    "softline": "\n",
    "tab": "\t",
    "emdash": "\u2014",
    "endash": "\u2013",
    "emspace": " ",
    "enspace": " ",
    "qmspace": " ",
    "bullet": "\u2022",
    "lquote": "\u2018",
    "rquote": "\u2019",
    "ldblquote": "\u201c",
    "rdblquote": "\u201d",
    "zwj": "\u200d",
    "zwnj": "\u200c",
}
CHARACTERS = {"~": "\u00a0", "-": "\u00ad", "_": "\u2011", "{": "{", "}": "}", "\\": "\\"}
PARAGRAPH_ENDS = frozenset(["par", "sect", "page", "column"])

CHARSETS = {
    0: "cp1252",
    77: "mac_roman",
    78: "cp932",
    79: "cp949",
    80: "cp936",
    81: "cp950",
    83: "cp1255",
    84: "cp1256",
    85: "mac_greek",
    86: "mac_turkish",
    87: "cp874",
    88: "mac_latin2",
    89: "mac_cyrillic",
    128: "cp932",
    129: "cp949",
    130: "johab",
    134: "gb18030",
    136: "cp950",
    161: "cp1253",
    162: "cp1254",
    163: "cp1258",
    177: "cp1255",
    178: "cp1256",
    186: "cp1257",
    204: "cp1251",
    222: "cp874",
    238: "cp1250",
    254: "cp437",
    255: "cp850",
}
"""The number of a font's character set -> its codec."""
OF_PROGRAMS = {"mac": "mac_roman", "pc": "cp437", "pca": "cp850"}

_NO_TEXT = (
    "aftncn aftnsep aftnsepc atnid atnparent atntime atrfend atrfstart author background bkmkend"
    " bkmkstart blipuid buptim category colorschememapping colortbl company creatim datafield"
    " datastore defchp defpap falt doccomm docvar factoidname filetbl fname"
    " ftncn ftnsep ftnsepc g generator htmltag info keycode"
    " keywords latentstyles leveltext levelnumbers list listlevel listname listoverride"
    " listoverridetable listpicture liststylename listtable mailmerge mhtmltag nextfile"
    " nonesttables nonshppict objalias objclass objname objsect objtime oldcprops oldpprops"
    " oldsprops oldtprops operator panose password passwordhash pgp pgptbl picprop pict pnseclvl"
    " printim private protusertbl pxe revtbl revtim rsidtbl rxe shprslt shppict sp subject tc tcn"
    " template themedata title txe ud upr userprops wgrffmtfilter windowcaption writereservation"
    " writereservhash xe xmlnstbl"
)
NO_TEXT = frozenset(_NO_TEXT.split())
