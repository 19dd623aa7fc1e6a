from services.directory.search.engine.index import SAMPLE, SearchIndex
from services.directory.search.engine.vocabulary import Vocabulary
from services.directory.search.models import Filters, Hit, PersonWords, SearchResult

__all__ = ["SAMPLE", "Filters", "Hit", "PersonWords", "SearchIndex", "SearchResult", "Vocabulary"]
