"""What the memory of the page's tests holds."""

import re

PUMP = "The pump was replaced on 3 March by Ada Moss. 🚰 It is warm. " * 3
PUMPS = "\n\n".join(f"# Pump {number}\n\n{PUMP}Its number is {number}." for number in range(6))
HOSTILE = (
    "<script>document.title='taken'</script><img src=x onerror=\"document.title='taken'\">\n"
    "\x1b[31mred\x1b[0m \u202eesrever\u2066 end. The vault code is 4417.\n"
)
HOLDS = re.compile(r"The memory holds \d")
NAME = "<b onclick=alert(1)>odd\u202egnp.txt"
TEXTS = {"pumps.md": PUMPS, "gate.txt": "The gate code is 4417.", NAME: HOSTILE}
