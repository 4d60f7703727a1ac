"""The public comments of one ticket, as turns."""

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from sourcing_pipeline.errors import InputError, TryAgain
from sourcing_pipeline.sources.records import UnreadableError, instant, integer, kind
from sourcing_pipeline.sources.tickets.ticket import Speaker, Turn
from sourcing_pipeline.sources.tickets.zendesk.export import Getter
from sourcing_pipeline.sources.tickets.zendesk.records import NOBODY, plain

PAGE_COMMENTS = 100
AGENTS = ("agent", "admin")
MACHINE_CHANNELS = ("rule", "system", "chat_transcript", "answer_bot")
"""How the `via.channel` of a comment begins that no single person wrote: triggers and automations, notes of a merge,
transcripts of whole chats, answer bots."""
_GONE = 404
_MOST_PAGES = 500


class Conversation(NamedTuple):
    """The turns of a ticket in the order of writing, and the person keys of their authors; or why there are none."""

    turns: tuple[Turn, ...] = ()
    person_keys: tuple[str, ...] = ()
    problem: str | None = None


class _GoneError(Exception):
    """The ticket is not there any more."""


def conversation(
    api: Getter,
    name: str,
    ticket: str,
    requester: str | None,
    assignee: str | None,
    bots: Collection[str],
    macros: bool,
) -> Conversation:
    """The public comments of `ticket`; none when it has gone since it landed.

    An author is a bot when the comment came through a machine's channel, or the author is the system user or one of
    `bots`; the requester is the user and the assignee the assistant, whatever their roles are by now; of the others
    agents and admins are assistants. With `macros` the audits are read too, which say from which macro a comment was
    made. Raises InputError and TryAgain.
    """
    comments: dict[int, dict[str, Any]] = {}
    users: dict[str, dict[str, Any]] = {}
    try:
        for body in _pages(api, name, f"api/v2/tickets/{ticket}/comments.json", {"include": "users"}):
            for comment in _objects(body.get("comments"), "comments"):
                comments[integer(comment.get("id"), "comments.id")] = comment
            users |= {str(user.get("id")): user for user in _objects(body.get("users") or [], "users")}
        when = {key: instant(one.get("created_at"), "comments.created_at") for key, one in comments.items()}
        order = sorted(comments, key=lambda key: (when[key], key))
        public = {key: comments[key] for key in order if comments[key].get("public") is True}
        roles = {
            key: _speaker(one, users.get(str(one.get("author_id")), {}), requester, assignee, bots)
            for key, one in public.items()
        }
        made_from = _macros(api, name, ticket) if macros and "assistant" in roles.values() else {}
        turns = tuple(Turn(roles[key], _text(one), made_from.get(key)) for key, one in public.items())
    except UnreadableError as error:
        return Conversation(problem=str(error))
    except _GoneError:
        return Conversation()
    return Conversation(turns, tuple(dict.fromkeys(key for one in public.values() for key in _keys(one, users))))


def _pages(api: Getter, name: str, path: str, asked: dict[str, str | int]) -> Iterator[dict[str, Any]]:
    """The bodies of all pages; https://developer.zendesk.com/api-reference/introduction/pagination/ (cursor)."""
    params: dict[str, str | int] = {"page[size]": PAGE_COMMENTS, **asked}
    for _ in range(_MOST_PAGES):
        answer = api.get(path, params, expected=(_GONE,))
        if answer.status == _GONE:
            raise _GoneError
        meta = answer.json.get("meta") if isinstance(answer.json, dict) else None
        if not isinstance(meta, dict):
            raise InputError(f"source {name!r}: {path}: expected an object with meta, got {kind(answer.json)}")
        yield answer.json
        if not meta.get("has_more"):
            return
        params["page[after]"] = str(meta.get("after_cursor"))
    raise TryAgain(f"source {name!r}: {path}: Zendesk gives the same pages again and again; run it again later")


def _macros(api: Getter, name: str, ticket: str) -> dict[int, str]:
    """The macro from which each comment was made, by the comment's id: both are events of one audit."""
    found = {}
    for body in _pages(api, name, f"api/v2/tickets/{ticket}/audits.json", {}):
        for audit in _objects(body.get("audits"), "audits"):
            events = _objects(audit.get("events"), "audits.events")
            used = [event for event in events if event.get("type") == "AgentMacroReference"]
            for event in events if used else ():
                if event.get("type") == "Comment":
                    macro = used[-1].get("macro_title") or used[-1].get("macro_id")
                    found[integer(event.get("id"), "audits.events.id")] = plain(str(macro))
    return found


def _speaker(
    comment: dict[str, Any],
    author: dict[str, Any],
    requester: str | None,
    assignee: str | None,
    bots: Collection[str],
) -> Speaker:
    key, mail = str(comment.get("author_id")), str(author.get("email")).lower()
    via = comment.get("via")
    channel = str(via.get("channel")) if isinstance(via, dict) else ""
    if channel.startswith(MACHINE_CHANNELS) or comment.get("type") == "VoiceComment":
        return "bot"
    if key == NOBODY or key in bots or mail in bots:
        return "bot"
    if key == requester:
        return "user"
    return "assistant" if key == assignee or author.get("role") in AGENTS else "user"


def _text(comment: dict[str, Any]) -> str:
    """`body`: it always has the text, with its Markdown; `plain_body` and `html_body` are empty in older comments."""
    body = comment.get("body") or comment.get("plain_body") or ""
    if not isinstance(body, str):
        raise UnreadableError(f"comments.body: expected text, got {kind(body)}")
    return plain(body).replace("&nbsp;", " ")


def _keys(comment: dict[str, Any], users: dict[str, dict[str, Any]]) -> Iterator[str]:
    author = comment.get("author_id")
    if isinstance(author, int) and str(author) != NOBODY:
        yield str(author)
        mail = users.get(str(author), {}).get("email")
        if isinstance(mail, str) and "@" in mail:
            yield mail.strip().lower()


def _objects(value: Any, field: str) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise UnreadableError(f"{field}: expected a list of objects, got {kind(value)}")
    return value
