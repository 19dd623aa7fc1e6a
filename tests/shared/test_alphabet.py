"""Lists by name are in the order of the Swedish alphabet."""

import random

from shared.formats.alphabet import sort_key

IN_ORDER = [
    "Al-Masri", "Andersson", "André", "andre", "Obrant", "O’Brien", "Vik", "Wahl", "Yng", "Ünal", "Zorn",
    "Åberg", "A\u030askog", "Ängström", "Ærlig", "Öberg", "Østby",
]  # fmt: skip


def test_the_last_letters_come_last_whatever_the_case_and_spelling() -> None:
    shuffled = random.Random(1).sample(IN_ORDER, len(IN_ORDER))
    found = sorted(shuffled, key=sort_key)
    assert found.index("Ünal") < found.index("Zorn") < found.index("Åberg")
    assert found[-6:] == IN_ORDER[-6:]
    assert found[:4] == IN_ORDER[:4]


def test_equal_names_have_an_order_of_their_own() -> None:
    assert sort_key("anna") != sort_key("Anna")
    assert min(["Anna Ek", "anna ek", "Anna"], key=sort_key) == "Anna"


def test_a_database_sorts_the_keys_as_python_does() -> None:
    keys = [sort_key(name) for name in IN_ORDER]
    assert sorted(keys) == sorted(keys, key=lambda key: key.encode())
