"""The script that a pandas user would write: a help desk's JSON Lines or Parquet to the exchanges worth learning from.

It filters the tickets first and flattens only the messages of those that are left; masks, `groupby` and string methods
work on whole columns, and what has to be called text by text (`clean`, `complains`) is mapped. It takes the messages in
the order of the file, checks no types, tells nobody what was dropped or whom a row is about, and holds all in memory.
"""

from pathlib import Path
from typing import Any

import orjson

from benchmarks.made_tickets import AS_OF
from sourcing_pipeline.sources.tickets.bodies import clean
from sourcing_pipeline.sources.tickets.complaints import complains

FIELDS = ["id", "status", "resolved_at", "resolved_by", "rating", "reopened", "merged", "subject", "tags", "language"]


def exchanges(path: Path) -> Any:
    """A frame of id, messages (role, content), quality_score, created_at, language and tags."""
    import pandas as pd

    if path.suffix == ".parquet":
        tickets = _wanted(pd.read_parquet(path, columns=[*FIELDS, "messages"]))
        flat = tickets[["id", "messages"]].explode("messages", ignore_index=True)
        messages = pd.DataFrame(flat["messages"].tolist())
        messages["id"] = flat["id"]
    else:
        with path.open("rb") as lines:
            records = [orjson.loads(line) for line in lines]
        tickets = _wanted(pd.DataFrame(records, columns=FIELDS))
        messages = pd.json_normalize([records[at] for at in tickets.index], "messages", meta="id")
    return _joined(tickets, messages)


def _wanted(tickets: Any) -> Any:
    import pandas as pd

    tickets["resolved_at"] = pd.to_datetime(tickets["resolved_at"], utc=True)
    return tickets[
        tickets["status"].isin(["solved", "closed"])
        & tickets["merged"].isna()
        & (tickets["reopened"] == 0)
        & (tickets["resolved_by"] == "agent")
        & (tickets["rating"] >= 4)
        & tickets["resolved_at"].between(AS_OF - pd.Timedelta(days=365), AS_OF)
    ]


def _joined(tickets: Any, messages: Any) -> Any:
    messages = messages[messages["public"] & (messages["role"] != "bot")]
    messages = messages.assign(text=messages["text"].map(clean))
    messages = messages[messages["text"] != ""]
    answers = messages[messages["role"] == "agent"]
    canned = answers["macro"].notna().groupby(answers["id"]).all()

    begins = (messages["id"] != messages["id"].shift()) | (messages["role"] != messages["role"].shift())
    runs = messages.groupby(begins.cumsum(), sort=False)
    turns = runs.agg(id=("id", "first"), role=("role", "first"), content=("text", "\n\n".join))
    first, last = turns["id"] != turns["id"].shift(), turns["id"] != turns["id"].shift(-1)
    afterwards = turns[last & ~first & (turns["role"] == "customer")]
    wrong = afterwards.loc[afterwards["content"].map(complains), "id"]
    turns = turns[~(first & (turns["role"] == "agent")) & ~(last & (turns["role"] == "customer"))]
    turns = turns[~turns["id"].isin(wrong) & ~turns["id"].isin(canned.index[canned])]

    turns = turns.merge(tickets[["id", "subject"]], on="id")
    opens = turns["id"] != turns["id"].shift()
    turns["content"] = turns["content"].where(~opens, turns["subject"] + "\n\n" + turns["content"])
    turns["role"] = turns["role"].map({"customer": "user", "agent": "assistant"})
    turns["message"] = list(zip(turns["role"], turns["content"], strict=True))
    found = turns.groupby("id", sort=False)["message"].agg(list).rename("messages").reset_index()

    found = found.merge(tickets[["id", "rating", "resolved_at", "language", "tags"]], on="id")
    found["quality_score"] = (found["rating"] - 1) / 4
    found["language"] = found["language"].str.replace("_", "-")
    found = found.rename(columns={"resolved_at": "created_at"})
    return found[["id", "messages", "quality_score", "created_at", "language", "tags"]]
