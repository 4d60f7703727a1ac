"""User names: handles, names of accounts, and the home folders that paths give away.

Source: the handles that X, GitHub, Instagram, Telegram and Reddit allow; the home folders of the Filesystem
Hierarchy Standard, macOS and Windows; bash's prompt `user@host:`. The cue words were collected in en, de, fr, es,
it, nl, pt. An @ also starts decorators (`@property`), annotations (`@Override`), CSS rules (`@media`), npm scopes
(`@scope/pkg`), doc tags (`@param`) and mentions of everyone (`@here`); accounts that every system has (`root`,
`ubuntu`) are nobody's.
"""

import re
from collections.abc import Iterator

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer, before, hit
from sourcing_pipeline.masking.regions import Region, code_regions, looks_like_code, touches
from sourcing_pipeline.masking.words import word_set

_TOP = r"(?:com|net|org|edu|gov|info|io|co|ai|app|dev|eu|me|de|fr|es|it|nl|pt|uk|in|at|ch|be|us|ca|js|py|exe|txt|log)"
_HANDLE = re.compile(
    rf"(?<![\w@.+/\\$`'\"&=-])@(?![\w.-]+\.{_TOP}\b)(?P<value>[A-Za-z_][\w-]{{2,38}}(?:\.[a-z\d_]{{2,}})?)"
    r"(?![\w@/(\[{]|[.-]\w|:\S)"
)
_NO_HANDLE = word_set(
    """user username here channel everyone all team me home work noon night school site
    param params return returns throws exception see since version author deprecated link code inheritdoc override test
    before after beforeeach aftereach autowired component service controller repository entity table column bean
    nullable nonnull notnull suppresswarnings functionalinterface safevarargs inject injectable input output
    property staticmethod classmethod abstractmethod dataclass pytest fixture app router decorator wraps cached_property
    media import charset keyframes font-face supports page layer tailwind apply include mixin extend use forward
    interface implementation end protocol selector property synthesize dynamic objc escaping main mainactor published
    state binding observable objectwillchange model using if else foreach for section yield html todo
    type typedef template brief file ingroup note warning private public protected internal ignore ts-ignore ts-nocheck
    gmail yahoo hotmail outlook"""
)
_ADDRESSED = re.compile(
    r"\b(?:thanks|thank you|thx|cc|hi|hey|hello|ping|by|from|with|and|danke|merci|gracias|grazie)\W{1,2}$"
)
_SYSTEM = word_set(
    """root admin administrator user users username usuario utilisateur benutzer ubuntu debian centos fedora ec2-user pi
    vagrant docker jenkins runner runneradmin vsts gitlab-runner git www-data nginx apache mysql postgres postgresql
    oracle hadoop spark airflow jovyan node app appuser nobody daemon bin sys guest public shared default deploy
    linuxbrew circleci travis codespace vscode gitpod coder kali builder build ci test tester student me name yourname
    your_name your-name your_username your-username youruser your_user you myuser my_user foo bar example xxx xyz
    index page pages site store shop products about settings login search welcome dashboard main assets images css js
    static src lib containeradministrator systemprofile administrateur administrador workspace project projects
    wsl sandbox hostedtoolcache web html data backup media git-user service system local localuser domain"""
)
_HOME = re.compile(
    r"(?:(?:file://|(?<![\w./-]))/(?:mnt/[a-z]/Users|[a-z]/Users|Users|home|var/home|usr/home|export/home)/"
    r"|\b[A-Za-z]:[\\/]{1,2}(?:Users|Documents and Settings)[\\/]{1,2})"
    r"(?P<value>[^\W_][\w.-]{0,30}[\w-](?:[ ][\w.-]{1,20}(?=[\\/]))?)(?![\w$%{<])",
)
_PROMPT = re.compile(r"(?:^|(?<=[\s\[(\"'`>]))(?P<value>[a-z_][a-z0-9_-]{1,31})@[A-Za-z][\w-]{1,62}:[~/]", re.M)
_REDDIT = re.compile(
    r"(?<![\w./:])/?u/(?P<value>(?!(?:min|sec|day|hour|week|year|mol|unit)s?\b)[A-Za-z][\w-]{2,19})(?![\w/])"
)
_NAME = (
    r"(?:user[\s_-]?names?|user[\s_-]?id|screen[\s_-]?name|log[\s-]?in[\s_-]?(?:name|id)|nick(?:[\s_-]?name)?"
    r"|gamer[\s_-]?tag|benutzer(?:name|kennung)|nutzername|anmeldename|identifiant|nom\s+d['’]utilisateur"
    r"|nombre\s+de\s+usuario|nome\s+utente|gebruikersnaam|inlognaam|nome\s+de\s+(?:usu[áa]rio|utilizador)"
    r"|(?:twitter|instagram|github|gitlab|discord|telegram|tiktok|skype|snapchat|reddit|slack|steam|twitch)"
    r"\s?(?:handle|user|name|id))"
)
_PLACE = (
    r"(?:log[\s-]?in|handle|account(?:[\s_-]?name)?|twitter|instagram|insta|github|gitlab|discord|telegram|tiktok|skype"
    r"|snapchat|reddit|steam|psn|xbox|twitch|mastodon|linkedin|facebook|pseudo|usuario|utente|usu[áa]rio|utilizador)"
)
_VALUE = rf"[\"'`“„«]?@?(?![\w.-]+\.{_TOP}\b)(?P<value>[^\W_][\w.+-]{{1,38}}\w)(?![\w@/(\[]|\.\w|:[\w:/]|\s?=)"
_IS = r"(?:is|was|ist|lautet|war|est|es|era|è|é)"
_FIELD = re.compile(rf"(?<![\w-]){_NAME}[\"']?\s?[:=]\s?{_VALUE}", re.I)
_LAST_FIELD = re.compile(rf"(?<![\w-]){_PLACE}(?:\s+me)?\s?[:=]\s?{_VALUE}(?=[\"'`”“»]?[ \t]*(?:[\n;|)]|$))", re.I)
_USER_FIELD = re.compile(rf"(?<![\w.-])(?:user|usr|uid|acct|{_PLACE}(?:\s+me)?)(?:\s?[:=]|\"\s?:)\s?{_VALUE}", re.I)
_MINE = re.compile(
    rf"\b(?:my|mein(?:e[nm]?)?|mon|ma|mi|il\s+mio|la\s+mia|mijn|meu|minha)\s+(?:\w+\s+)?(?:{_NAME}|handle|pseudo|usuario)"
    rf"(?:\s+(?:on|for|in|at|bei|für|sur|pour|en|para|su|per|op|voor|no)\s+[\w.]+)?\s+{_IS}\s+(?:now\s+)?{_VALUE}",
    re.I,
)
_SAID = re.compile(
    rf"\b(?:(?:{_NAME}|{_PLACE})(?:\s+{_IS})?"
    r"|(?:log(?:ged|ging)?|sign(?:ed|ing)?)[\s-]?(?:in|on)\s+(?:as|with)|angemeldet\s+als|connecté\s+en\s+tant\s+que"
    rf"|user|profile|benutzer|konto|compte|cuenta|gebruiker)\s+{_VALUE}",
    re.I,
)
_NO_NAME = word_set(
    """required optional name names string str none null true false int email e-mail mail address number phone password
    is was not no wrong incorrect correct missing invalid valid taken unavailable available already unknown blank empty
    the a an my your his her our their this that it its same different new old and or but with for from to in on at of
    also still now changed change reset locked expired blocked disabled enabled deleted displayed shown showing visible
    hidden case-sensitive too very so just only currently what which who how when where why field fields here there
    below above unique registered recognized recognised working used being password-protected something anything
    nicht falsch richtig ungültig gesperrt schon bereits und oder mit die der das ein eine pas incorrect déjà invalide
    bloqué et ou avec le la les un une incorrecto ya no bloqueado y o con el los una errato già non sbagliato niet
    onjuist incorreto não error failed failure page button screen form link attempt attempts problem issue
    broken loose stuck rejected gone lost stolen hacked compromised misspelled spelled written listed linked
    tied associated attached connected verified pending active inactive suspended banned flagged set needed saved stored
    going about never always fine good bad long short please https http
    username user login handle self this value example test admin root guest anonymous undefined yes ok"""
)
_SIGNED = re.compile(r"[^\W\d_]{3,}[\w.-]*\d|[^\W\d_]{2,}[\w-]*[_.][^\W_]|\d+[^\W\d_]{3,}\d*$")
_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-|[0-9a-f]{16,}$|\d+$")
_SIGN = re.compile(r"[\d_]|\w\.\w")
_MARK = re.compile(r"[:=]")
_CALLED = re.compile(r"\b(?:my|mein|mon|ma|mi|il|la|mijn|meu|minha)", re.I)
_CUED = (
    (_FIELD, _MARK, 0.9, False),
    (_MINE, _CALLED, 0.9, False),
    (_LAST_FIELD, _MARK, 0.8, False),
    (_USER_FIELD, _MARK, 0.8, True),
    (_SAID, _SIGN, 0.7, True),
)
"""Patterns with what a text must have for them to be tried at all, score, and whether a sign must be in the name."""
_WORDS = (
    "user", "nick", "screen", "gamer", "handle", "pseudo", "identif", "utili", "usu", "utente", "gebruik", "inlog",
    "nutzer", "anmelde", "log", "sign", "connect", "profile", "account", "konto", "compte", "cuenta", "insta", "twit",
    "github", "gitlab", "discord", "telegram", "tiktok", "skype", "snapchat", "reddit", "slack", "steam", "psn", "xbox",
    "mastodon", "linkedin", "facebook", "usr", "uid", "acct",
)  # fmt: skip


def build(_config: Masking) -> "UserNames":
    """The detector of USERNAME."""
    return UserNames("USERNAME")


class UserNames(Recognizer):
    """Gives USERNAME: 0.9 after `username:` and "my user name is", 0.85 in a path or prompt, 0.8 for a handle, 0.7
    for a name with a digit or a sign in it after a word.
    """

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        if "@" in text:
            yield from _handles(text)
        if "/" in text or "\\" in text or "@" in text:
            for pattern in (_HOME, _PROMPT, _REDDIT):
                for match in pattern.finditer(text):
                    if match["value"].casefold() not in _SYSTEM and not _UUID.match(match["value"]):
                        yield hit(match, "USERNAME", 0.85)
        folded = text.casefold()
        if not any(word in folded for word in _WORDS):
            return
        for pattern, needed, score, signed in _CUED:
            for match in pattern.finditer(text) if needed.search(text) else ():
                if _believed(match["value"]) and (not signed or _SIGNED.match(match["value"])):
                    yield hit(match, "USERNAME", score)


def _believed(value: str) -> bool:
    folded = value.casefold()
    known = folded in _NO_NAME or folded in _SYSTEM or folded.startswith(("self.", "this.")) or "username" in folded
    return not known and "user_name" not in folded and not _UUID.match(folded)


def _handles(text: str) -> Iterator[Hit]:
    """Handles in prose: not in code unless somebody is addressed, and not the decorator that a line consists of."""
    code: list[Region] | None = None
    end, prose = 0, False
    for match in _HANDLE.finditer(text):
        if match["value"].casefold() in _NO_HANDLE:
            continue
        if code is None:
            code = code_regions(text)
        if match.start() >= end:
            start = text.rfind("\n", 0, match.start()) + 1
            end = text.find("\n", match.end()) if text.find("\n", match.end()) >= 0 else len(text)
            line = text[start:end]
            decorator = line.partition("#")[0].strip() == match[0]
            prose = not decorator and not looks_like_code(line.lstrip(" \t@"))
        addressed = prose or _ADDRESSED.search(before(text, match.start(), 14)) is not None
        if addressed and not touches(match.start(), match.end(), code):
            yield Hit(match.start(), match.end(), "USERNAME", 0.8)
