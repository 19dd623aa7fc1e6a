"""Names to invent people from."""

from __future__ import annotations

import random
import unicodedata

GIVEN = tuple(
    """
Åsa Örjan Ängla Märta Göran Sören Håkan Börje Jörgen Pär Maj-Britt Karl-Erik Anna Maria Eva Karin Kristina
Lena Kerstin Ingrid Emma Elin Sofia Hanna Malin Jenny Sara Linda Annika Ulrika Camilla Johanna Ida Frida
Tove Siv Gunilla Birgitta Monica Helena Agneta Petra Lisa Matilda Klara Ebba Alva Astrid Signe Tilda
Erik Lars Anders Per Mikael Johan Olof Nils Jan Peter Fredrik Magnus Björn Mattias Daniel Andreas Jonas
Niklas Stefan Mats Henrik Martin Tomas Ulf Bengt Leif Rolf Viktor Oskar Emil Axel Hugo Albin Gustav Elias
""".split()  # noqa: SIM905 - names are easier to read without quotes
)
FAMILY = tuple(
    """
Öberg Åkesson Ängström Sjöström Nyström Bäckström Lindström Söderberg Åberg Östlund Hägglund Sjöberg
Näslund Ödmark Åström Bergström Grönlund Höglund Månsson Jönsson Björk Öhman Åhlén Hedström Löfgren Norén
Frölén Kjellberg Andersson Johansson Karlsson Nilsson Eriksson Larsson Olsson Persson Svensson Gustafsson
Pettersson Jonsson Jansson Hansson Bengtsson Lindberg Jakobsson Magnusson Olofsson Lindqvist Lindgren Berg
Axelsson Lundberg Lind Lundgren Lundqvist Mattsson Berglund Fredriksson Sandberg Henriksson Forsberg
Danielsson Håkansson Wallin Engström Eklund Lundin Gunnarsson Holm Samuelsson Bergman Fransson Holmberg
Nyberg Arvidsson Isaksson Söderström Dahlberg Hellström Westerberg Strömberg Stenmark Viklund Edlund
""".split()  # noqa: SIM905
)
# Whole names: given names and family names of these do not mix as freely.
OF_OTHER_ROOTS = (
    ("Áile", "Sarri"),
    ("Biera", "Utsi"),
    ("Niillas", "Labba"),
    ("Máret", "Blind"),
    ("Päivi", "Mäkinen"),
    ("Jukka", "Väisänen"),
    ("Tuomas", "Hyvönen"),
    ("Layla", "Haddad"),
    ("Yusuf", "Al-Masri"),
    ("Noor", "El Khoury"),
    ("Samira", "Abdi Warsame"),
    ("Ayşe", "Yılmaz"),
    ("Özgür", "Çelik"),
    ("İbrahim", "Şahin"),
    ("Rojda", "Demîrtaş"),
    ("Shirin", "Farahani"),
    ("Małgorzata", "Wiśniewska"),
    ("Šejla", "Hadžić"),
    ("Đorđe", "Petrović"),
    ("Søren", "Kjærgaard"),
    ("Linh", "Nguyễn"),
    ("Oleksandra", "Shevchuk"),
    ("Tsegay", "Ghebremichael"),
    ("Siobhán", "O'Neill"),
)
# What Unicode does not take apart into a letter and a mark.
_LETTERS = str.maketrans(
    {"ø": "o", "æ": "ae", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "ß": "ss", "'": "", " ": ""}
)


def full_name(rng: random.Random) -> tuple[str, str]:
    """Given and family name; one in twelve has roots outside Sweden or in Sápmi."""
    if rng.random() < 1 / 12:
        return rng.choice(OF_OTHER_ROOTS)
    family = rng.choice(FAMILY)
    if rng.random() < 1 / 15:
        family = f"{family}-{rng.choice(FAMILY)}"
    return rng.choice(GIVEN), family


def in_address(name: str) -> str:
    """As it stands in a mail address: a–z and hyphens."""
    plain = unicodedata.normalize("NFD", name.casefold().translate(_LETTERS))
    return "".join(letter for letter in plain if letter.isascii() and (letter.isalnum() or letter == "-"))
