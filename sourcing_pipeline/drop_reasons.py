"""Why rows are dropped: the one list, from which docs/reference/drop-reasons.md is generated."""

from enum import StrEnum


class DropReason(StrEnum):
    """Why a row left: its code in ledgers and tables."""

    UNPARSABLE = "unparsable"
    ERASED = "erased"
    DELETED = "deleted"
    NOT_RESOLVED = "not_resolved"
    ABANDONED = "abandoned"
    REOPENED = "reopened"
    MERGED = "merged"
    SPAM = "spam"
    BOT_ANSWERED = "bot_answered"
    MACRO_ANSWERED = "macro_answered"
    SAID_WRONG = "said_wrong"
    NOT_RATED = "not_rated"
    RATING_TOO_LOW = "rating_too_low"
    OUTSIDE_WINDOW = "outside_window"
    EMPTY = "empty"
    NO_ANSWER = "no_answer"
    TAGS_NOT_WANTED = "tags_not_wanted"
    LANGUAGE_NOT_WANTED = "language_not_wanted"
    TOO_SHORT = "too_short"
    TOO_LARGE = "too_large"
    NOT_APPROVED = "not_approved"
    BOT_AUTHOR = "bot_author"
    PATHS_NOT_WANTED = "paths_not_wanted"
    BOT_SESSION = "bot_session"
    TOO_FEW_USERS = "too_few_users"
    SCORE_TOO_LOW = "score_too_low"
    CLOSED = "closed"
    SKIPPED_BY_ANNOTATORS = "skipped_by_annotators"
    ONLY_DRAFTED = "only_drafted"
    ONLY_PREDICTED = "only_predicted"
    NO_WRITTEN_ANSWER = "no_written_answer"
    AWAITING_ANNOTATORS = "awaiting_annotators"
    ANNOTATOR_NOT_TRUSTED = "annotator_not_trusted"
    RUBRIC_FAILED = "rubric_failed"
    LICENCE_UNKNOWN = "licence_unknown"
    LICENCE_NOT_ALLOWED = "licence_not_allowed"
    REFUSED_BY_MODEL = "refused_by_model"
    OVER_BUDGET = "over_budget"
    DUPLICATE_ID = "duplicate_id"
    OFF_DOMAIN = "off_domain"
    JUDGED_WRONG = "judged_wrong"
    EXACT_DUPLICATE = "exact_duplicate"
    NEAR_DUPLICATE = "near_duplicate"
    NOT_SAMPLED = "not_sampled"
    STALE_VERDICT = "stale_verdict"
    UNKNOWN_ROW = "unknown_row"
    SUPERSEDED = "superseded"

    @property
    def meaning(self) -> str:
        return _MEANINGS[self]


_MEANINGS: dict[DropReason, str] = {
    DropReason.UNPARSABLE: "the record could not be read (the ledger says which line)",
    DropReason.ERASED: "a person it is about asked to be forgotten (the ledger does not keep its id)",
    DropReason.DELETED: "deleted in its own system",
    DropReason.NOT_RESOLVED: "the ticket is not resolved, or the pull request was not merged where the recipe wants it",
    DropReason.ABANDONED: "the customer or the conversation broke off",
    DropReason.REOPENED: "the ticket was opened again after it was resolved",
    DropReason.MERGED: "the ticket was merged into another one",
    DropReason.SPAM: "the ticket was marked as spam",
    DropReason.BOT_ANSWERED: "no human agent resolved it",
    DropReason.MACRO_ANSWERED: "every answer was a canned one",
    DropReason.SAID_WRONG: "the customer said that the answer was wrong or did not help",
    DropReason.NOT_RATED: "there is no satisfaction rating",
    DropReason.RATING_TOO_LOW: "the satisfaction rating is under the recipe's minimum",
    DropReason.OUTSIDE_WINDOW: "older than the source's max_age_days before as_of, or later than as_of",
    DropReason.EMPTY: "a side of the exchange has no text",
    DropReason.NO_ANSWER: "a question without any answer",
    DropReason.TAGS_NOT_WANTED: "none of the tags that the recipe asks for, or one that it does not want",
    DropReason.LANGUAGE_NOT_WANTED: "the language is not in the recipe's list",
    DropReason.TOO_SHORT: "a side of the exchange is shorter than the recipe's minimum",
    DropReason.TOO_LARGE: "larger than the recipe's limit",
    DropReason.NOT_APPROVED: "merged without the approval of another person",
    DropReason.BOT_AUTHOR: "written by a bot",
    DropReason.PATHS_NOT_WANTED: "only generated, vendored or binary files, or none that the recipe asks for",
    DropReason.BOT_SESSION: "the session behaves like a program, not like a person",
    DropReason.TOO_FEW_USERS: "fewer people typed the query, or chose any of its items, than the recipe's floor",
    DropReason.SCORE_TOO_LOW: "the score is not above the recipe's minimum",
    DropReason.CLOSED: "the question was closed by its community",
    DropReason.SKIPPED_BY_ANNOTATORS: "every annotator skipped the task, or its answers were rejected in review",
    DropReason.ONLY_DRAFTED: "an annotator began an answer and did not submit it",
    DropReason.ONLY_PREDICTED: "a model predicted an answer, and no annotator gave one",
    DropReason.NO_WRITTEN_ANSWER: "annotators answered, but not in text: by labels, choices, ratings, rankings …",
    DropReason.AWAITING_ANNOTATORS: "sent to annotators, and not answered yet",
    DropReason.ANNOTATOR_NOT_TRUSTED: "answered only by annotators who get too many gold questions wrong",
    DropReason.RUBRIC_FAILED: "no response meets the rubric, by its automatic checks or by those who rated it",
    DropReason.LICENCE_UNKNOWN: "the row does not say under which licence it stands, and none may be guessed",
    DropReason.LICENCE_NOT_ALLOWED: "the licence is not in the recipe's allowed list",
    DropReason.REFUSED_BY_MODEL: "the vendor's model gave no usable text",
    DropReason.OVER_BUDGET: "not asked of the vendor's model, since the recipe's cost cap was reached",
    DropReason.DUPLICATE_ID: "an earlier record of this source has the same id",
    DropReason.OFF_DOMAIN: "the row does not belong to the domain of the known examples",
    DropReason.JUDGED_WRONG: "a reviewer judged the row to be wrong, or personal data to be readable in it",
    DropReason.EXACT_DUPLICATE: "the same text as a row that is kept",
    DropReason.NEAR_DUPLICATE: "nearly the same text as a row that is kept",
    DropReason.NOT_SAMPLED: "good, but not drawn for the mix of this size",
    DropReason.STALE_VERDICT: "the verdict was about an earlier content of the row",
    DropReason.UNKNOWN_ROW: "the verdict is about a row that is not in the lake",
    DropReason.SUPERSEDED: "the reviewer gave a later verdict on the same content and question",
}
