from functools import lru_cache

import tantivy

from services.directory.folding import fold
from services.directory.search.engine.ranking import WORDED, Group

ID = "id"
PERSON = "person"
PHONE = "phone"
FILTER = "filter"
WEIGHT = "weight"
FAMILY = "family"
KEYS = (FAMILY, "family_rest", "given", "identity")
ADDRESS = "address"
_APART = {Group.PHONE: PHONE, Group.ADDRESS: ADDRESS}
NATIVE = {**{group: f"{group}_native" for group in WORDED}, **_APART}
PLAIN = {**{group: f"{group}_plain" for group in WORDED}, **_APART}
WORDS = "words"


@lru_cache(maxsize=4096)
def filter_term(kind: str, value: str) -> str:
    return f"{kind}:{fold(value).strip()}"


def build() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for field in dict.fromkeys((*NATIVE.values(), *PLAIN.values())):
        builder.add_text_field(field, tokenizer_name=WORDS, index_option="basic")
    builder.add_text_field(FILTER, tokenizer_name="raw", index_option="basic")
    builder.add_text_field(ID, tokenizer_name="raw", index_option="basic")
    builder.add_bytes_field(PERSON, stored=True)
    builder.add_float_field(WEIGHT, fast=True)
    for key in KEYS:
        builder.add_unsigned_field(key, fast=True)
    return builder.build()


def tokenizer() -> tantivy.TextAnalyzer:
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
