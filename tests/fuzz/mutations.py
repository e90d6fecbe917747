"""Changes that people, programs and transfers make to the files of a delivery.

Each takes a random generator and a text file as bytes, and returns its new bytes with the number of
its lines that may rightly go to quarantine (None: any number, or the file may be refused).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from random import Random

Change = tuple[bytes, int | None]
Mutation = Callable[[Random, bytes], Change]

SEPARATOR = b";"
MARKERS = (b"NA", b"N/A", b"#N/A", b".", b"NULL", b"(null)", b"NaN", b"None", b" ", b'""')
ODD = (b"1e308", b"-99999999999999999999", b"9" * 60, b"1,000", b"1.000,50", b"12:30",
       b"31/02/2019", b"2019-07-14 22:00:00", b"2019-07-14T22:00:00Z", b"14JUL2019:00:00:00",
       b"3.40094E+12", b"\xc2\xa012\xc2\xa0", b"0", b"-1", b"99991231", b"00000000", b"=1+1",
       b"\xe2\x80\x8b", b"9.0")  # fmt: skip


def _lines(data: bytes) -> list[bytes]:
    return data.split(b"\n")[:-1] if data.endswith(b"\n") else data.split(b"\n")


def _joined(lines: list[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def _some(random: Random, lines: list[bytes], most: int = 5) -> list[int]:
    """Ranks of data lines."""
    ranks = range(1, len(lines))
    return sorted(random.sample(ranks, min(len(ranks), random.randint(1, most))))


def stray_quotes(random: Random, data: bytes) -> Change:
    """A quote at a random place of a few lines: each costs its own line at most."""
    lines = _lines(data)
    ranks = _some(random, lines)
    for rank in ranks:
        at = random.randint(0, len(lines[rank]))
        if random.random() < 0.5:  # where a field begins or ends: the worst place
            at = max(0, lines[rank].find(SEPARATOR) + random.randint(0, 1))
        lines[rank] = lines[rank][:at] + b'"' + lines[rank][at:]
    return _joined(lines), len(ranks)


def ditto(random: Random, data: bytes) -> Change:
    """A field that is one quote."""
    return _field(random, data, lambda _: b'"')


def _field(random: Random, data: bytes, change: Callable[[bytes], bytes]) -> Change:
    lines = _lines(data)
    ranks = _some(random, lines, 8)
    place = random.randrange(len(lines[0].split(SEPARATOR)))
    for rank in ranks:
        fields = lines[rank].split(SEPARATOR)
        if place < len(fields):
            fields[place] = change(fields[place])
            lines[rank] = SEPARATOR.join(fields)
    return _joined(lines), len(ranks)


def marker(random: Random, data: bytes) -> Change:
    return _field(random, data, lambda _: random.choice(MARKERS))


def odd_value(random: Random, data: bytes) -> Change:
    found, _ = _field(random, data, lambda _: random.choice(ODD))
    return found, None  # two of them may contradict each other: the file is then refused


def quoted(random: Random, data: bytes) -> Change:
    """All fields quoted, as many programs write them."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerows(line.decode("latin-1").split(";") for line in _lines(data))
    return out.getvalue().encode("latin-1"), 0


def several_lines(random: Random, data: bytes) -> Change:
    """A quoted field that goes over the end of its line."""
    lines = _lines(data)
    rank = _some(random, lines, 1)
    for at in rank:
        fields = lines[at].split(SEPARATOR)
        place = random.randrange(len(fields))
        fields[place] = b'"a\nb"'
        lines[at] = SEPARATOR.join(fields)
    return _joined(lines), 2 * len(rank)


def cut(random: Random, data: bytes) -> Change:
    """The transfer stopped."""
    return data[: random.randint(1, len(data))], None


def wrong_fields(random: Random, data: bytes) -> Change:
    lines = _lines(data)
    ranks = _some(random, lines)
    for rank in ranks:
        lines[rank] = random.choice((lines[rank] + b";", lines[rank].partition(b";")[2], b";;;"))
    return _joined(lines), len(ranks)


def header_again(random: Random, data: bytes) -> Change:
    """The header once more, in any case, after a mark, quoted: it is no row."""
    lines = _lines(data)
    again = random.choice((lines[0], lines[0].lower(), b"\xef\xbb\xbf" + lines[0],
                           b'"' + lines[0].replace(b";", b'";"') + b'"'))  # fmt: skip
    lines.insert(random.randint(1, len(lines)), again)
    return _joined(lines), 1


def header_turned(random: Random, data: bytes) -> Change:
    """From a line on, the columns stand in another order, under a header that states it."""
    lines = _lines(data)
    order = list(range(len(lines[0].split(SEPARATOR))))
    random.shuffle(order)
    at = random.randint(1, len(lines))
    after = [lines[0], *lines[at:]]
    turned = [SEPARATOR.join(_in_order(line.split(SEPARATOR), order)) for line in after]
    return _joined([*lines[:at], *turned]), None


def _in_order(fields: list[bytes], order: list[int]) -> list[bytes]:
    return [fields[rank] for rank in order] if len(fields) == len(order) else fields


def header_changed(random: Random, data: bytes) -> Change:
    lines = _lines(data)
    names = lines[0].split(SEPARATOR)
    place = random.randrange(len(names))
    match random.randrange(4):
        case 0:
            names[place] = b"NEW_COL"
        case 1:
            names[place] = names[0]
        case 2:
            names = [name.lower() for name in names]
        case _:
            names[place] = b" " + names[place] + b" "
    return _joined([SEPARATOR.join(names), *lines[1:]]), None


def column_gone(random: Random, data: bytes) -> Change:
    rows = [line.split(SEPARATOR) for line in _lines(data)]
    place = random.randrange(len(rows[0]))
    return _joined([SEPARATOR.join(row[:place] + row[place + 1 :]) for row in rows]), None


def joined(random: Random, data: bytes) -> Change:
    """Two lines that lost the end between them."""
    lines = _lines(data)
    at = random.randrange(len(lines))
    return _joined([*lines[:at], b"".join(lines[at : at + 2]), *lines[at + 2 :]]), None


def shuffled(random: Random, data: bytes) -> Change:
    header, *rows = _lines(data)
    random.shuffle(rows)
    return _joined([header, *rows]), 0


def repeated(random: Random, data: bytes) -> Change:
    lines = _lines(data)
    return _joined([*lines, *(lines[rank] for rank in _some(random, lines))]), 0


def line_ends(random: Random, data: bytes) -> Change:
    mixed = [line + random.choice((b"\n", b"\r\n", b"\n\n")) for line in _lines(data)]
    return b"".join(mixed), 0


def no_last_end(random: Random, data: bytes) -> Change:
    return data.rstrip(b"\n"), 0


def lone_returns(random: Random, data: bytes) -> Change:
    return data.replace(b"\n", b"\r"), None


def utf16(random: Random, data: bytes) -> Change:
    return data.decode("latin-1").encode(random.choice(("utf-16", "utf-16-le", "utf-16-be"))), None


def accents(random: Random, data: bytes) -> Change:
    """Text of another encoding in a few lines."""
    found, _ = _field(random, data, lambda f: f + random.choice((b"\xe9", b"\xc3\xa9", b"\x81")))
    return found, None


def bytes_lost(random: Random, data: bytes) -> Change:
    """NUL and random bytes."""
    found = bytearray(data)
    for _ in range(random.randint(1, 6)):
        found[random.randrange(len(found))] = random.choice((0, 0xFF, 0x0D, 0x1A, 0x22, 0x3B))
    return bytes(found), None


def separators(random: Random, data: bytes) -> Change:
    return data.replace(SEPARATOR, random.choice((b",", b"\t", b"|"))), None


def footer(random: Random, data: bytes) -> Change:
    last = random.choice((b"10 rows selected.", b"(12 lignes)", b";" * data.count(b";", 0, 500),
                          b"-----", b"SQL> spool off"))  # fmt: skip
    return data + last + b"\n", 1


def header_only(random: Random, data: bytes) -> Change:
    return _lines(data)[0] + b"\n", 0


def nothing(random: Random, data: bytes) -> Change:
    return b"", None


MUTATIONS: tuple[Mutation, ...] = (
    stray_quotes, ditto, marker, odd_value, quoted, several_lines, cut, wrong_fields, header_again,
    header_turned, header_changed, column_gone, joined, shuffled, repeated, line_ends, no_last_end,
    lone_returns, utf16, accents, bytes_lost, separators, footer, header_only, nothing,
)  # fmt: skip


def renamed(random: Random, name: str) -> str:
    """Another name that people give to the same file."""
    stem, _, extension = name.rpartition(".")
    return random.choice((
        name.lower(), name.title(), f"{stem}_1.{extension}", f"{stem}_v2.{extension}",
        f"{stem} (1).{extension}", f"{stem}.txt", f"ESND_{name}", f"ORAVUE.{name}",
        f"2019/{name}", f"lot1/{name}", f"copie/{name}", f"{stem}_part2.{extension}",
        f"{stem}.xlsx", f"X{name}", f"{stem}_201903.{extension}", f"{stem}.{extension}.bak",
        f"été {name}", f"{stem}..{extension}", f"{stem}.CSV", f"__MACOSX/{name}",
    ))  # fmt: skip
