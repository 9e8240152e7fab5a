"""A study that states everything, for tests."""

from curator.study.checking import changed
from curator.study.facts import NOTHING_STATED, Study

GIVEN = {
    "name": "Malar 2026",
    "description": "Cheeks and noses of people with and without a butterfly rash.",
    "creators": "Ana Silva; UFMG; 0000-0002-1825-0097\nBen; ; https://ben.example\nClara",
    "institution": "Federal University",
    "funding": "CNPq 123/2026",
    "collection": "Saved by hand from public posts.\n\nTwo people chose them.",
    "collected_from": "2024-01-31",
    "collected_until": "2025-02-01",
    "consent": "Nobody was asked.",
    "ethics": "Exempt: CAAE 1.",
    "sensitive": "Faces, and what they reveal about health.",
    "protocol": "Two raters, blind to each other.",
    "raters": "Two dermatologists.",
    "uses": "Research on detectors.",
    "limitations": "Not for diagnosis.",
    "biases": "Few dark skins.",
    "social_impact": "Earlier referral; or false alarm.",
    "license": "CC-BY-NC-4.0",
    "version": "1.2.0",
    "published": "2026-03-01",
    "publisher": "Zenodo",
    "url": "https://malar.example/data",
    "citation": "@misc{malar, title={Malar}}",
    "maintenance": "One release a year.",
    "contact": "malar@example.org",
}


def full_study() -> Study:
    return changed(NOTHING_STATED, GIVEN)
