"""The column of a do-not-call file that holds the numbers, found by its name in many languages."""

from pathlib import Path

import pytest

from campaigns.desk.columns import SPELLINGS, map_columns, spelling_key
from campaigns.desk.registry import read_numbers
from campaigns.errors import InvalidInput

NAMES = (
    "Telefon", "Telefonnummer", "Rufnummer", "Handy", "Téléphone", "N° de téléphone", "Portable", "Teléfono",
    "Número de teléfono", "Celular", "Cellulare", "Numero di telefono", "Telefone", "Telemóvel", "Telefoon",
    "Mobiele telefoon", "Numer telefonu", "Komórka", "手机号", "Shouji", "Durbhash",
    "Mobile No.", "Mobile #", "MOBILE NUM", "Phone-No", "Phone №", "Tel. No.", "No. Tel", "Tel.-Nr.",
    "Handy-Nr.", "Mobilnr.", "Nr. telefon", "Nº de teléfono", "No. de téléphone", "Celular No.",
    "Cell no", "GSM Nr",
    "телефон", "Телефон №", "№ телефона", "Номер телефона", "Мобильный", "Мобильный телефон", "Сотовый",
    "Тел.", "Номер телефону", "Мобільний", "Мобільний номер", "Мобилен телефон",
)  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_the_column_of_numbers_is_found_by_its_name(tmp_path: Path, name: str) -> None:
    file = tmp_path / "numbers.csv"
    file.write_text(f"Name;{name}\nAda;+4930555107\n", encoding="utf-8")
    (batch,) = read_numbers(file, None)
    assert (list(batch.numbers), list(batch.faults)) == (["+4930555107"], [])
    assert map_columns(["Name", name], ["phone"]).known["phone"] == name


@pytest.mark.parametrize(
    ("header", "known"),
    [
        (["Customer No.", "Phone", "Mobile No."], {"ref": "Customer No.", "phone": "Phone"}),
        (["Mobile No.", "Phone No. 2", "Phone No. Type"], {"phone": "Mobile No.", "phone_2": "Phone No. 2"}),
        (["No.", "Fax No.", "House number", "Номер"], {}),
        (["Phone No.", "Phone"], {"phone": "Phone"}),
        (["Number", "No."], {"phone": "Number"}),
        (["Код клиента", "ФИО", "Телефон"], {"ref": "Код клиента", "name": "ФИО", "phone": "Телефон"}),
        (
            ["Номер клієнта", "Ім’я", "Моб. тел."],
            {"ref": "Номер клієнта", "name": "Ім’я", "phone": "Моб. тел."},
        ),
    ],
)
def test_a_word_for_number_makes_only_columns_of_telephones_known(
    header: list[str], known: dict[str, str]
) -> None:
    assert map_columns(header, ()).known == known


@pytest.mark.parametrize("name", ["Phone 2", "Telefono 2", "phone_3"])
def test_a_further_number_is_the_one_to_be_called_where_there_is_no_other(tmp_path: Path, name: str) -> None:
    kind = f"{spelling_key(name)}_kind"
    found = map_columns(["ref", kind, name], ["phone"]).known
    assert found["phone"] == name
    assert not {"phone_2", "phone_3"} & set(found)
    assert found.get("phone_kind") == (kind if kind in SPELLINGS else None)
    file = tmp_path / "numbers.csv"
    file.write_text(f"ref,{name}\nC-1,+12025550123\n")
    (batch,) = read_numbers(file, None)
    assert (batch.numbers, batch.column) == (["+12025550123"], name)


def test_a_further_number_stays_one_beside_another_or_where_somebody_says_so() -> None:
    both = {"phone_2": "Phone 2", "phone_3": "Phone 3"}
    assert map_columns(["Phone", "Phone 2", "Phone 3"], ["phone"]).known == {"phone": "Phone", **both}
    assert map_columns(list(both.values()), ["phone"]).known == {"phone": "Phone 2", "phone_3": "Phone 3"}
    with pytest.raises(InvalidInput, match="column phone is missing"):
        map_columns(["ref", "Phone 2"], ["phone"], {"phone_2": "Phone 2"})
