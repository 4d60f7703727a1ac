"""Whether a customer's last words say that the answer was wrong or did not help, in seven languages.

Only what was written after the last answer is looked at, and only plain statements count: a question or a thank-you
with a "not" in it does not. A ticket that ends like this was closed, but not answered.
"""

import re

_SAID = "|".join(
    (
        r"(?:that|this|it|your answer)(?:'s|’s| is| was) (?:simply |just |completely )?(?:wrong|incorrect)",
        r"(?:that|this|it|your answer)(?:'s|’s| is| was) not (?:right|correct|true|helpful|the answer)",
        r"(?:did|does|do)(?: not|n't|n’t) (?:work|help|fix|solve)",
        r"(?:still|again) (?:not working|broken|failing|does(?: not|n't|n’t) work|has the same)",
        r"wrong answer|not what i asked|same (?:problem|error) (?:again|as before)",
        r"das (?:ist|war) (?:leider )?(?:falsch|nicht richtig|nicht korrekt)|(?:das )?stimmt (?:so )?nicht",
        r"(?:hat|haben) (?:leider )?(?:nicht|nichts) (?:geholfen|gebracht|funktioniert)",
        r"(?:funktioniert|geht|klappt) (?:leider )?(?:immer noch|weiterhin|noch immer) nicht",
        r"c['’]est faux|ce n['’]est pas (?:correct|exact|juste|la bonne réponse)",
        r"n['’]a (?:pas|rien) (?:aidé|fonctionné|marché|résolu)|ne (?:marche|fonctionne) toujours pas",
        r"(?:eso|esto) (?:es|está) (?:incorrecto|mal|equivocado)|no es correcto",
        r"no (?:me )?(?:ayudó|ha ayudado|sirvió|ha servido|funcionó|ha funcionado)|sigue sin funcionar",
        r"(?:è|e'|era) sbagliat[oa]|non (?:ha funzionato|è servito|mi ha aiutato)|continua a non funzionare",
        r"(?:dat|dit) (?:klopt niet|is (?:fout|onjuist|niet juist))",
        r"(?:werkt|doet het) nog steeds niet|heeft niet geholpen",
        r"(?:isso|isto) (?:está|é) (?:errado|incorreto)|não (?:funcionou|ajudou|resolveu)|continua sem funcionar",
    )
)
_COMPLAINT = re.compile(rf"(?<!\w)(?:{_SAID})(?!\w)(?!\s*\?)", re.IGNORECASE)
_LENGTH = 2000


def complains(text: str) -> bool:
    """Whether `text` says that the answer was wrong or did not help; only its first 2,000 characters count."""
    return _COMPLAINT.search(text[:_LENGTH]) is not None
