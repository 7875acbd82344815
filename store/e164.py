"""What is no number in E.164, said in SQL as ``campaigns.rules.phone.is_e164`` says it in Python.

Must not know which tables have numbers. Said without parameters, so that an index of such rows alone is used
wherever they are asked for.
"""


def no_e164(column: str) -> str:
    """Say that a column of texts is not a plus, no leading zero, and 2 to 15 digits."""
    return (
        f"({column} NOT LIKE '+%' OR {column} LIKE '+0%' OR length({column}) NOT BETWEEN 3 AND 16"
        f" OR ltrim(substr({column}, 2), '0123456789') <> '')"
    )
