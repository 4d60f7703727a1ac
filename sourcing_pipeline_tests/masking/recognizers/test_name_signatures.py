import pytest

from sourcing_pipeline.masking import Masking
from sourcing_pipeline.masking.recognizers import name_signatures
from sourcing_pipeline_tests.masking.recognizers.cases import check

CASES = [
    "it is done.\n\n-- \n⟦rocío ortega⟧\nadministración",
    "On Wed, 15 Jul 2026 at 20:58, ⟦Nnamdi Obi⟧ ...",
    "Posty <support@example.com>",
    "It works.\n\nBest regards,\n⟦John Smith⟧",
    "Thanks,\n⟦Ulf⟧\nSupport Engineer",
    "Cheers, ⟦Yaa⟧",
    "thanks,\nulla"[:8] + "⟦ulla⟧",
    "Mit freundlichen Grüßen\n\n⟦Jürgen Groß⟧",
    "Cordialement,\n⟦Chloé Lefèvre⟧",
    "Un saludo,\n⟦Lucía⟧",
    "-- \n⟦Maria Lopez⟧",
    "On Tue, Mar 3, 2026 at 10:02 AM ⟦John Smith⟧ <j@example.com> wrote:",
    "Am 03.03.2026 um 10:02 schrieb ⟦Hans Müller⟧ <h@example.de>:",
    "Le mardi, ⟦Chloé Lefèvre⟧ a écrit :",
    "From: ⟦Maria Lopez⟧ [mailto:m@example.com]",
    "Thanks,\nThe Support Team",
    "Best regards",
    "- Windows\n- Linux",
    "It supports:\n- Markers\n- Specifiers\n",
    "the error is gone.\n- ⟦Maria⟧",
    "self.assertEqual(decode(b'B@$'), '')",
    "Thanks,\nplease close the ticket now",
    "Met vriendelijke groet,\n⟦Marnix Demeyere⟧",
    "Distinti saluti\n⟦Piergiuseppe Brenna⟧",
    "Com os melhores cumprimentos,\n⟦Diego Baptista⟧",
    "Muchas gracias,\n⟦Erasmo Valls⟧",
    "Obrigada,\n⟦Mia Jesus⟧",
    "Op di 3 mrt 2026 om 10:02 schreef ⟦Kirsten Dillen⟧ <k@example.com>:",
    "Il giorno mar 3 mar 2026 alle ore 10:02 ⟦Lucrezia Palombi⟧ <l@example.com> ha scritto:",
    "Em ter., 3 de mar. de 2026 às 10:02, ⟦Lucas da Mata⟧ <l@example.com> escreveu:",
    "Met vriendelijke groet,\nHet team",
]


@pytest.mark.parametrize("marked", CASES)
def test_finds_names_by_their_place_and_nothing_else(marked: str) -> None:
    check(name_signatures.build(Masking()), marked)
