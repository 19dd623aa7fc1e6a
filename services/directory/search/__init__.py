from services.directory.search.index import SAMPLE, SearchIndex
from services.directory.search.models import Filters, Hit, PersonWords, SearchResult
from services.directory.search.vocabulary import Vocabulary

__all__ = ["SAMPLE", "Filters", "Hit", "PersonWords", "SearchIndex", "SearchResult", "Vocabulary"]
