"""Which of Faker's locales makes the values of an example, and its generators.

Making a generator takes as long as thousands of values, so each thread keeps one for each locale.
"""

import re
import threading
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from faker import Faker

DEFAULT = "en_US"
"""The locale of examples whose language is not known or not among Faker's."""

_PREFERRED = {"en": "en_US", "ar": "ar_SA", "el": "el_GR", "nb": "no_NO", "nn": "no_NO", "zh_hant": "zh_TW"}
_WITHOUT_OWN_NAMES = frozenset({"fr_QC"})
"""Deprecated by Faker: using it warns."""

_OF_SCRIPT = {
    "CYRILLIC": "ru_RU", "GREEK": "el_GR", "ARABIC": "ar_SA", "HEBREW": "he_IL", "CJK": "zh_CN",
    "HIRAGANA": "ja_JP", "KATAKANA": "ja_JP", "HANGUL": "ko_KR", "DEVANAGARI": "hi_IN", "BENGALI": "bn_BD",
    "TAMIL": "ta_IN", "THAI": "th_TH", "ARMENIAN": "hy_AM", "GEORGIAN": "ka_GE",
}  # fmt: skip
_GENERATORS = threading.local()


@lru_cache(maxsize=512)
def locale_of(language: str | None) -> str:
    """Faker's locale for a BCP-47 tag: that of its region when there is one, else the language's own."""
    from faker.config import AVAILABLE_LOCALES

    available = sorted({locale for locale in AVAILABLE_LOCALES if "_" in locale} - _WITHOUT_OWN_NAMES)
    primary, *others = re.split(r"[-_]", language.casefold()) if language else [""]
    region = next((subtag for subtag in others if re.fullmatch(r"[a-z]{2}", subtag)), primary).upper()
    preferred = [_PREFERRED.get(f"{primary}_{subtag}", "") for subtag in others]
    family = [locale for locale in available if primary and locale.startswith(f"{primary}_")]
    wanted = (f"{primary}_{region}", *preferred, _PREFERRED.get(primary, ""), f"{primary}_{primary.upper()}", *family)
    return next((locale for locale in wanted if locale in available), DEFAULT)


def in_script_of(value: str, locale: str) -> str:
    """`locale` where it writes in the script of `value`, else one that does: a Latin name in Japanese text
    stays Latin.
    """
    script = _script(value)
    if not script or script == _locale_script(locale):
        return locale
    return _OF_SCRIPT.get(script, DEFAULT)


def seeded(locale: str, seed: bytes) -> "Faker":
    """This thread's generator of the locale, at the start of the sequence that `seed` gives."""
    generator = _generator(locale)
    generator.seed_instance(int.from_bytes(seed, "big"))
    return generator


@lru_cache(maxsize=256)
def given_names(locale: str) -> tuple[frozenset[str], frozenset[str]]:
    """The locale's given names that women alone have, and those that men alone have, case-folded."""
    women, men = (_listed(locale, names) for names in ("first_names_female", "first_names_male"))
    return frozenset(women - men), frozenset(men - women)


def _generator(locale: str) -> "Faker":
    if not hasattr(_GENERATORS, "by_locale"):
        _GENERATORS.by_locale = {}
    generators: dict[str, Faker] = _GENERATORS.by_locale
    if locale not in generators:
        import faker

        generators[locale] = faker.Faker(locale, use_weighting=False)
    return generators[locale]


def _listed(locale: str, names: str) -> set[str]:
    """A list of Faker's for the locale, case-folded; read and not drawn, as drawing would move the
    generator.
    """
    person = _generator(locale).factories[0].provider("faker.providers.person")
    return {name.casefold() for name in getattr(person, names, ())}


@lru_cache(maxsize=256)
def _locale_script(locale: str) -> str:
    scripts = sorted(map(_script, _listed(locale, "first_names")))
    return max(scripts, key=scripts.count, default="")


def _script(text: str) -> str:
    letter = next(filter(str.isalpha, text), "")
    return unicodedata.name(letter, "").partition(" ")[0] if letter else ""
