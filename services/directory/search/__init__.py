from services.directory.search.index import SearchIndex
from services.directory.search.models import Filters, Hit, PersonWords, SearchResult
from services.directory.search.vocabulary import Vocabulary

__all__ = ["Filters", "Hit", "PersonWords", "SearchIndex", "SearchResult", "Vocabulary"]
