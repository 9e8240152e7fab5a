"""The pages' names cover all values that the database accepts."""

from curator.base.models.pairs import DECISIONS
from curator.base.models.ratings import EVIDENCE, LABELS, SEXES
from curator.http import terms
from curator.pairs.persons import ON_PERSONS
from curator.ratings import attributes
from curator.web import people as people_page


def test_the_pages_offer_all_values_that_the_database_accepts() -> None:
    assert tuple(terms.LABELS) == LABELS
    assert attributes.SEX.codes == SEXES
    assert attributes.EVIDENCE.codes == EVIDENCE
    assert tuple(terms.DECISIONS) == DECISIONS
    assert tuple(people_page.DECIDED) == ON_PERSONS
