"""Names in Cyrillic, Greek, Arabic, Devanagari, Chinese, Japanese and Korean that something announces.

Source: how people introduce, greet, address and sign in these languages; the cue words were collected from textbooks'
phrases. The frequent family names are those of the public registers of China, Taiwan and South Korea; a Chinese or
Korean name must begin with one where its cue ("I am", "Mr") also stands before other words.
"""

from collections.abc import Iterator

import regex

from sourcing_pipeline.masking.config import Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer, hit


def _capitalised(script: str) -> str:
    word = rf"(?=\p{{Lu}})\p{{{script}}}[\p{{{script}}}\p{{M}}]+(?:-\p{{{script}}}+)?"
    return rf"(?:{word}|(?=\p{{Lu}})\p{{{script}}}\.)(?:[ ]?(?:{word}|(?=\p{{Lu}})\p{{{script}}}\.)){{0,2}}"


_CYRILLIC, _GREEK = _capitalised("Cyrillic"), _capitalised("Greek")
_CHINESE_FAMILY = (
    "(?:欧阳|歐陽|上官|司马|司馬|诸葛|諸葛|[王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高梁郑谢宋唐许韩邓冯曹彭曾肖田董潘"
    "袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万"
    "覃武钱戴严莫孔向常汤張劉陳楊黃趙吳孫馬羅鄭謝許韓鄧馮蔣葉蘇呂盧鍾譚陸韋賈鄒龍賀顧萬錢嚴湯])"
)
_CHINESE = rf"{_CHINESE_FAMILY}\p{{Han}}{{1,2}}"
_JAPANESE = r"[\p{Han}\p{Katakana}ー]{1,5}(?:[ 　・][\p{Han}\p{Hiragana}\p{Katakana}ー]{1,5})?"
_KOREAN = (
    "[김이박최정강조윤장임한오서신권황안송류전홍고문양손배백허유남심노하곽성차주우구민나진지엄채원천방공][가-힣]{1,2}"
)
_ARABIC = r"\p{Arabic}{2,}(?:[ ](?!و|من|في|على|عن|أن|لا|هو|هي|كيف)\p{Arabic}{2,}){0,2}"
_HINDI = r"\p{Devanagari}+(?:[ ](?!है|हैं|और|से|में)\p{Devanagari}+){0,2}"
_START, _END = r"(?:^|(?<=[.!?][ ]))", r"(?=\s*(?:[,.;!?,。!、;)]|$))"
_ALONE = r"[,.!]?[ ]*\n+[ ]*(?P<value>{name})[ ]*$"
_PATTERNS = (
    # Russian, Ukrainian, Bulgarian
    (0.9, r"(?i:меня\s+зовут|мо[её]\s+имя|моя\s+фамилия|мене\s+звати|моє\s+ім['’ʼ]я|казвам\s+се)"
          rf"[ ]?[-–—:]?[ ]?(?P<value>{_CYRILLIC})"),
    (0.7, rf"(?i:меня\s+зовут|мене\s+звати)[ ](?P<value>\p{{Cyrillic}}{{3,}}(?:[ ]\p{{Cyrillic}}{{4,}})?){_END}"),
    (0.8, rf"{_START}(?i:здравствуйте|привет|добрый\s(?:день|вечер)|доброе\sутро|уважаем(?:ый|ая)|дорог(?:ой|ая)"
          rf"|шановн(?:ий|а)|вітаю)(?:[ ](?i:господин|госпожа|пан[иі]?))?,?[ ](?P<value>{_CYRILLIC})(?=[,!.]|\s*$)"),
    (0.8, r"(?i:с\s+уважением|всего\s+доброго|спасибо|благодарю|з\s+повагою|дякую|поздрави)"
          + _ALONE.format(name=_CYRILLIC)),
    (0.8, r"(?i:\bимя|фио|ф\.и\.о\.|фамилия|отчество|клиент|заказчик|получатель|отправитель|ім['’ʼ]я|прізвище)"
          rf"[ ]?[:=][ ]*(?P<value>{_CYRILLIC})"),
    (0.8, rf"(?i:господин[ауе]?|госпож[аеуи]|гражданин|гражданка)[ ](?P<value>{_CYRILLIC})"),
    (0.6, r"(?<!\p{L})(?:[Яя]|[Ээ]то|[Сс]\s+вами\s+говорит)[ ]?[-–—]?[ ]"
          rf"(?P<value>(?=\S+[ ]\p{{Lu}}){_CYRILLIC})"),
    # Greek
    (0.9, r"(?i:με\s+λένε|ονομάζομαι|λέγομαι|το\s+όνομ[αά]\s+μου\s+είναι|το\s+επώνυμό\s+μου\s+είναι)"
          rf"[ ](?P<value>{_GREEK})"),
    (0.8, rf"(?i:αγαπητ(?:έ|ή)|κύρι(?:ε|ος|ο)|κυρί(?:α|ας)|κ\.)[ ](?:κ(?:ύριε|υρία)[ ])?(?P<value>{_GREEK})"),
    (0.8, rf"(?i:όνομα|επώνυμο|ονοματεπώνυμο)[ ]?:[ ]*(?P<value>{_GREEK})"),
    (0.8, r"(?i:με\s+εκτίμηση|ευχαριστώ)" + _ALONE.format(name=_GREEK)),
    # Chinese
    (0.9, r"(?:我叫|我的名字(?:是|叫)|本人叫|名叫|(?:姓名|联系人|聯絡人|收件人|客户|客戶)[::])[ ]?"
          rf"(?P<value>{_CHINESE}|\p{{Han}}{{2,3}}(?!\p{{Han}}))"),
    (0.8, rf"(?:我是|这是|這是|本人)(?P<value>{_CHINESE})(?=[,,。.!!、;;\s]|$)"),
    (0.7, rf"(?P<value>{_CHINESE_FAMILY}\p{{Han}}{{0,2}}?)(?=先生|女士|小姐|太太|老师|老師|经理|經理)"),
    # Japanese
    (0.9, rf"(?:(?:私の)?(?:名前|氏名)は|(?:お名前|氏名|担当者?|宛名)[::])[ ]?(?P<value>{_JAPANESE})"),
    (0.9, rf"(?:^|(?<=[\n、。,はの \]]))(?P<value>{_JAPANESE})(?=と申します|といいます|と言います)"),
    (0.8, r"(?:^|(?<=[^\p{Han}\p{Katakana}ー]))"
          r"(?P<value>(?![お客皆神何仏仕同模各多有奥殿先異一両今紙]|王様)\p{Han}{2,5}|\p{Katakana}[\p{Katakana}ー]{1,7})"
          r"(?=様(?!子|々)|さん|さま|殿)"),
    # Arabic
    (0.9, rf"(?:اسمي|إسمي|أنا\sاسمي|الاسم[ ]?:|اسم\sالعميل[ ]?:)[ ](?:هو[ ])?(?P<value>{_ARABIC})"),
    (0.8, r"(?:السيدة?|الأستاذة?|الدكتورة?)[ ](?P<value>\p{Arabic}{2,}(?:[ ](?!و|من|في|على)\p{Arabic}{2,})?)"),
    # Hindi
    (0.9, rf"मेरा\s+(?:नाम|शुभ\s+नाम)\s+(?P<value>{_HINDI})(?=\s+है)"),
    (0.8, rf"(?<!\p{{Devanagari}})नाम[ ]?:[ ]*(?P<value>{_HINDI})"),
    (0.8, r"(?:श्रीमती|श्री|सुश्री)[ ](?P<value>\p{Devanagari}+(?:[ ](?!जी|ने|को|से|का|की)\p{Devanagari}+)?)"),
    # Korean
    (0.9, r"(?:제?\s?(?:이름은|성함은)|(?:이름|성함|고객명|수신인|받는\s사람)[ ]?[::])[ ]?"
          r"(?P<value>[가-힣]{2,4}?)(?=입니다|이에요|예요|이고|이라|라고|[,.\s]|$)"),
    (0.8, rf"저는[ ](?P<value>{_KOREAN})(?=입니다|이라|라고|이고)"),
    (0.8, r"(?<![가-힣])(?!고객|선생|사장|부장|과장|팀장|주인|손님|이모|하느|하나|조상)"
          rf"(?P<value>{_KOREAN})(?=[ ]?(?:님|씨)(?![가-힣]{{2}}))"),
)  # fmt: skip
_COMPILED = tuple((score, regex.compile(pattern, regex.M)) for score, pattern in _PATTERNS)
_NON_LATIN = regex.compile(r"[\p{Cyrillic}\p{Greek}\p{Arabic}\p{Devanagari}\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}]")


def build(_config: Masking) -> "NameScripts":
    """The detector of NAME in scripts other than Latin."""
    return NameScripts("NAME")


class NameScripts(Recognizer):
    """Gives NAME: 0.9 after "my name is", 0.8 in a greeting, a field, before or after a title, 0.6 after "this is"."""

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        if not _NON_LATIN.search(text):
            return
        for score, pattern in _COMPILED:
            for match in pattern.finditer(text):
                yield hit(match, "NAME", score)
