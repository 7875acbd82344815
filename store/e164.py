"""What is no number in E.164, said in SQL as ``campaigns.rules.phone.is_e164`` says it in Python.

Must not know which tables have numbers.
"""

from typing import Any

from sqlalchemy import ColumnElement, func, or_


def is_no_e164(column: ColumnElement[Any]) -> ColumnElement[bool]:
    """Say that a column of texts is not a plus, no leading zero, and 2 to 15 digits."""
    return or_(
        column.not_like("+%"),
        column.like("+0%"),
        ~func.length(column).between(3, 16),
        func.ltrim(func.substr(column, 2), "0123456789") != "",
    )
