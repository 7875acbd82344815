"""The column of a do-not-call file that holds the numbers, found by its name in many languages."""

from pathlib import Path

import pytest

from campaigns.desk.columns import map_columns
from campaigns.desk.registry import read_numbers

NAMES = (
    "Telefon", "Telefonnummer", "Rufnummer", "Handy", "Téléphone", "N° de téléphone", "Portable", "Teléfono",
    "Número de teléfono", "Celular", "Cellulare", "Numero di telefono", "Telefone", "Telemóvel", "Telefoon",
    "Mobiele telefoon", "Numer telefonu", "Komórka", "手机号", "Shouji", "Durbhash",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_the_column_of_numbers_is_found_by_its_name(tmp_path: Path, name: str) -> None:
    file = tmp_path / "numbers.csv"
    file.write_text(f"Name;{name}\nAda;+4930555107\n", encoding="utf-8")
    (batch,) = read_numbers(file, None)
    assert (list(batch.numbers), list(batch.faults)) == (["+4930555107"], [])
    assert map_columns(["Name", name], ["phone"]).known["phone"] == name
