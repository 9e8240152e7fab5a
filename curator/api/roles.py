"""Which roles may use an operation: one row per route; a route not listed here is closed to all."""

from curator.http.roles import Access

ACCESS: dict[str, Access] = {
    "api-docs.openapi_json": Access.EVERYONE,
    "api.show_account": Access.SIGNED_IN,
    "api.show_study": Access.SIGNED_IN,
    "api.list_photos": Access.SIGNED_IN,
    "api.show_photo": Access.SIGNED_IN,
    "api.show_picture": Access.SIGNED_IN,
    "api.open_source": Access.RATERS,
    "api.exclude_photo": Access.RATERS,
    "api.include_photo": Access.RATERS,
    "api.list_batches": Access.SIGNED_IN,
    "api.start_batch": Access.RATERS,
    "api.show_batch": Access.SIGNED_IN,
    "api.upload_photo": Access.RATERS,
    "api.claim_photos": Access.RATERS,
    "api.release_claim": Access.RATERS,
    "api.list_ratings": Access.SIGNED_IN,
    "api.show_rating": Access.SIGNED_IN,
    "api.save_rating": Access.RATERS,
    "api.list_ratings_of_photo": Access.RATERS,
    "api.list_pairs": Access.SIGNED_IN,
    "api.show_pair": Access.SIGNED_IN,
    "api.decide_pair": Access.RATERS,
    "api.take_back_decision": Access.RATERS,
    "api.list_disagreements": Access.ADJUDICATORS,
    "api.list_rulings": Access.ADJUDICATORS,
    "api.show_ruling": Access.RATERS,
    "api.save_ruling": Access.ADJUDICATORS,
    "api.list_exports": Access.SIGNED_IN,
    "api.make_export": Access.ADJUDICATORS,
    "api.show_export": Access.SIGNED_IN,
    "api.download_export": Access.ADJUDICATORS,
    "api.list_runs": Access.SIGNED_IN,
    "api.show_run": Access.SIGNED_IN,
    "api.show_agreement": Access.SIGNED_IN,
}

# As in curator.web.roles: the operations of accounts that are bound to some sources.
FOR_BOUND = {
    *("api-docs.openapi_json", "api.show_account", "api.show_study"),
    *("api.list_photos", "api.show_photo", "api.show_picture", "api.open_source"),
    *("api.claim_photos", "api.release_claim"),
    *("api.list_ratings", "api.show_rating", "api.save_rating", "api.list_ratings_of_photo"),
}
