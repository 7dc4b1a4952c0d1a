"""Texts that somebody may put into a cell, and ways to make more of them."""

from hypothesis import strategies as st

BLANKS = (" ", "\t", "\r", "\n", "\f", "\v", "\u00a0", "\u2003", "\u2028", "\u0085", "\ufeff")

NUMBERS = (
    "0", "-0", "+0", "5", "+5", "5.", ".5", ".", "-.5", "3.7", "007", "1e3", "1E5", "1e", "e5",
    "1e400", "-1e400", "1e-400", "1.5e+2", "1e+", "--5", "5-", "0x1F", "0b1", "1_000", "1__0",
    "1,234", "1.234,5", "1 234", "12345678901234567890123456", "9223372036854775807",
    "9223372036854775808", "9007199254740993", "0.1", "0.30000000000000004",
    "1.7976931348623157e308", "1.7976931348623159e308", "4.9e-324", "9e15", "9.1e15", "-9e15",
    "99999.99999999999", "inf", "-Infinity", "+INF", "infinit", "NaN", "nan", "12 min", "$5",
    "5%", "5d", "5f", "5L", "\u0663", "\uff15", "\u00bd", "\u2212" + "5", "1e5.5", "1.2.3", "999",
    "100", "100.0", "100.0000000000000000001", "251", "300", "300.5", "1000000000", "-1", "-2",
    "-1e-9",
)  # fmt: skip

WORDS = (
    "yes", "YES", "Yes ", "y", "n", "No", "NO", "true", "False", "1.0", "0.0", "1.00", "oui",
    "ja", "ye s", "ye\u017f", "NA", "n/a", "#N/A", "<NA>", "null", "NULL", "None", "-", "--", "?",
    "??", "unknown", "Select", "select ", "SELECT", "Sel ect", "other", "Other", "OTHER ",
    "google", "Google", "GOOGLE", " Google", "Goo\u200bgle", "G\u043e\u043egle", "Mumbai",
    "mumba\u0130", "K\u00fcche", "\u212a", "\u0130stanbul", "stra\u00dfe", "STRASSE",
    "Thane & Outskirts", "Thane  &\tOutskirts", "Thane &\u00a0Outskirts", "03.Low", "03xLow",
    "high", "Better Career Prospects", "Interested  in full time MBA",
    "Diploma holder (Not Eligible)", "NC_EDM", "NC%EDM", "2024-02-29", "2023-02-29", "2024-2-9",
    "2024-13-01", "20240229", "2024-02-29T00:00", "1899-12-31", "2199-12-31", "'", "''", '"',
    "\\", "\\'", "a\\b", "%", "_", "$", "^$", ".*", "[a]", "(", "{}", "--", "/*", ";",
    "'; DROP TABLE leads; --", "1 OR 1=1", "=HYPERLINK(1)", "+cmd|'/c calc'!A1", "-2+3",
    "@SUM(1)", "\t=1", "<script>alert(1)</script>", '"><img onerror=x>', "{{7*7}}",
    "${jndi:ldap://x}", "\u202egnp.exe", "\U0001f600", "x" * 199, "x" * 200, "x" * 201, "5" * 400,
    "yes" * 100, "00123", "660737",
)  # fmt: skip

CELLS = ("", *BLANKS, *NUMBERS, *WORDS)

_CASES = (str.upper, str.lower, str.title, str.swapcase)
_no_nul = st.characters(exclude_categories=("Cs",), exclude_characters="\x00")
_letters = st.sampled_from("0123456789+-.eE_xyYnNoOsS ,'\"\\\t\n\u00a0\u0130\u212a\u017f")


def cells(words: tuple[str, ...] = ()) -> st.SearchStrategy[str]:
    """Hostile cells; `words` are the spellings that matter to a column."""
    known = st.sampled_from((*CELLS, *words))
    padded = st.builds(
        lambda a, cell, b: a + cell + b, st.sampled_from(("", *BLANKS)), known,
        st.sampled_from(("", *BLANKS)),
    )  # fmt: skip
    cased = st.builds(
        lambda cell, how: how(cell),
        known,
        st.sampled_from((str.upper, str.lower, str.title, str.swapcase)),
    )
    broken = st.builds(
        lambda cell, at, letter: cell[:at] + letter + cell[at:],
        known, st.integers(0, 40), _no_nul,
    )  # fmt: skip
    return st.one_of(
        known, padded, cased, broken, st.text(_letters, max_size=12), st.text(_no_nul, max_size=20)
    )
