"""What Azure AI Language takes for personal data, by presidio's own recognizer; off while `azure_language` is null.

Source: Microsoft's lists of PII categories and of service limits for Azure AI Language, API version 2023-04-01: a text
of at most 5,120 characters, paid for by the 1,000. Organizations, dates, ages, quantities, job titles, company numbers
and ordinary links are no personal data here and are not taken. A text is sent whole, since each document is paid for,
and a longer one in pieces that overlap. A piece is asked once on this machine: what was found in it is kept, see
`span_cache`. An answer counts only when it is whole, and whatever else happens is a MaskingError, so that nothing
passes unmasked.
"""

import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from platformdirs import user_cache_path

from sourcing_pipeline.errors import MaskingError, RecipeError
from sourcing_pipeline.masking.config import AzureLanguage, Masking
from sourcing_pipeline.masking.recognizers.base import Hit, Recognizer
from sourcing_pipeline.masking.span_cache import SpanCache

if TYPE_CHECKING:
    from azure.ai.textanalytics import TextAnalyticsClient
    from presidio_analyzer.predefined_recognizers import AzureAILanguageRecognizer

VERSION = "1"
"""Raised by every change to what is taken of an answer."""
PIECE_CHARACTERS = 5_000
"""Below the limit of 5,120, and no more than five times what is paid for at once."""
SHARED_CHARACTERS = 200
PATIENCE: dict[str, Any] = {
    "connection_timeout": 10,
    "read_timeout": 60,
    "retry_total": 6,
    "retry_status": 6,
    "retry_backoff_factor": 0.8,
}
"""How long the vendor's client waits, and how often it asks again: about a minute when the service fails."""
_AT_ONCE = 8
_CATEGORIES = {
    "NAME": "Person",
    "EMAIL": "Email",
    "PHONE": "PhoneNumber",
    "ADDRESS": "Address",
    "IP": "IPAddress",
    "DATE_OF_BIRTH": "DateOfBirth",
    "LICENCE_PLATE": "LicensePlateNumber",
    "PAYMENT": """CreditCardNumber EUDebitCardNumber InternationalBankingAccountNumber ABARoutingNumber
        BankAccountNumber AUBankAccountNumber CABankAccountNumber ILBankAccountNumber JPBankAccountNumber
        NZBankAccountNumber USBankAccountNumber""",
    "SECRET": """AzureDocumentDBAuthKey AzureIAASDatabaseConnectionAndSQLString AzureIoTConnectionString
        AzurePublishSettingPassword AzureRedisCacheString AzureSAS AzureServiceBusString AzureStorageAccountKey
        AzureStorageAccountGeneric SQLServerConnectionString""",
    "ID_NUMBER": """DriversLicenseNumber PassportNumber DrugEnforcementAgencyNumber ARNationalIdentityNumber
        AUDriversLicenseNumber AUMedicalAccountNumber AUPassportNumber AUTaxFileNumber ATIdentityCard
        ATTaxIdentificationNumber BENationalNumber BENationalNumberV2 BRCPFNumber BRNationalIDRG BGUniformCivilNumber
        CADriversLicenseNumber CAHealthServiceNumber CAPassportNumber CAPersonalHealthIdentification
        CASocialInsuranceNumber CLIdentityCardNumber CNResidentIdentityCardNumber HRIdentityCardNumber
        HRNationalIDNumber HRPersonalIdentificationNumber HRPersonalIdentificationOIBNumberV2 CYIdentityCard
        CYTaxIdentificationNumber CZPersonalIdentityNumber CZPersonalIdentityV2 DKPersonalIdentificationNumber
        DKPersonalIdentificationV2 EEPersonalIdentificationCode EUDriversLicenseNumber EUNationalIdentificationNumber
        EUPassportNumber EUSocialSecurityNumber EUTaxIdentificationNumber FIEuropeanHealthNumber FINationalID
        FINationalIDV2 FIPassportNumber FRDriversLicenseNumber FRHealthInsuranceNumber FRNationalID FRPassportNumber
        FRSocialSecurityNumber FRTaxIdentificationNumber DEDriversLicenseNumber DEPassportNumber DEIdentityCardNumber
        DETaxIdentificationNumber GRNationalIDCard GRNationalIDV2 GRTaxIdentificationNumber HKIdentityCardNumber
        HUPersonalIdentificationNumber HUTaxIdentificationNumber INPermanentAccount INUniqueIdentificationNumber
        IDIdentityCardNumber IEPersonalPublicServiceNumber IEPersonalPublicServiceNumberV2 ILNationalID
        ITDriversLicenseNumber ITFiscalCode JPDriversLicenseNumber JPPassportNumber JPResidentRegistrationNumber
        JPSocialInsuranceNumber JPMyNumberPersonal JPResidenceCardNumber LVPersonalCode LTPersonalCode
        LUNationalIdentificationNumberNatural MYIdentityCardNumber MTIdentityCardNumber MTTaxIDNumber
        NLCitizensServiceNumber NLCitizensServiceNumberV2 NLTaxIdentificationNumber NZDriversLicenseNumber
        NZInlandRevenueNumber NZMinistryOfHealthNumber NZSocialWelfareNumber NOIdentityNumber
        PHUnifiedMultiPurposeIDNumber PLIdentityCard PLNationalID PLNationalIDV2 PLPassportNumber
        PLTaxIdentificationNumber PTCitizenCardNumber PTCitizenCardNumberV2 PTTaxIdentificationNumber
        ROPersonalNumericalCode RUPassportNumberDomestic RUPassportNumberInternational SANationalID
        SGNationalRegistrationIdentityCardNumber SKPersonalNumber SITaxIdentificationNumber
        SIUniqueMasterCitizenNumber ZAIdentificationNumber KRResidentRegistrationNumber ESDNI ESSocialSecurityNumber
        ESTaxIdentificationNumber SENationalID SENationalIDV2 SEPassportNumber SETaxIdentificationNumber
        CHSocialSecurityNumber TWNationalID TWPassportNumber TWResidentCertificate THPopulationIdentificationCode
        TRNationalIdentificationNumber UKDriversLicenseNumber UKElectoralRollNumber UKNationalHealthNumber
        UKNationalInsuranceNumber UKUniqueTaxpayerNumber USUKPassportNumber USDriversLicenseNumber
        USIndividualTaxpayerIdentification USSocialSecurityNumber UAPassportNumberDomestic
        UAPassportNumberInternational""",
}
ENTITY = {category.upper(): entity for entity, names in _CATEGORIES.items() for category in names.split()}
"""Our placeholder for each of Azure's categories that is taken, in capitals, as presidio writes them."""
_HALF_A_CHARACTER = re.compile(r"[\ud800-\udfff]")
_REMEDIES = {
    400: "check masking.azure_language.language",
    401: "check the key and that it belongs to this endpoint",
    403: "its quota may be used up, or its network rules shut this machine out",
    404: "no Azure AI Language resource is there; check masking.azure_language.endpoint",
    429: "more was asked than the resource's tier allows; run again later, or raise the tier",
}

_CODES = frozenset({"InvalidDocument", "InvalidArgument", "UnsupportedLanguageCode", "InternalServerError"})
"""What may be repeated of the reason for which a text was not read."""


def build(config: Masking) -> "Azure":
    """The detector by Azure AI Language; it gives nothing when `azure_language` is null.

    Raises RecipeError when the key or the vendor's package is missing.
    """
    return Azure(config.azure_language)


class Azure(Recognizer):
    """Gives what Azure found with its confidence. Holds neither key nor connection when it is pickled or shown."""

    by_paragraph = False
    by_rules = False

    def __init__(self, config: AzureLanguage | None) -> None:
        super().__init__(*([] if config is None else _CATEGORIES))
        self._config = config
        if config is not None:
            _key(config)
            _installed()
            version = f"azure {VERSION} {config.language} {config.endpoint}"
            self._cache = SpanCache(user_cache_path("sourcing-pipeline") / "spans.sqlite", version, Hit)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "_remote"}

    def find(self, text: str) -> Iterator[Hit]:
        """See the module's rule."""
        yield from self.analyze_batch([text])[0]

    def analyze_batch(self, texts: Sequence[str]) -> list[list[Hit]]:
        """The finds of each text; equal pieces are asked once, and none any more after a fault.

        Raises MaskingError, which holds neither text nor key, when Azure gives no whole answer.
        """
        if self._config is None:
            return [[] for _ in texts]
        parts = [list(_pieces(text)) for text in texts]
        unique = list(dict.fromkeys(piece for found in parts for _, piece in found))
        with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="azure") as threads:
            hits = dict(zip(unique, threads.map(self._kept, unique), strict=True))
        return [
            [hit._replace(start=at + hit.start, end=at + hit.end) for at, piece in found for hit in hits[piece]]
            for found in parts
        ]

    def _kept(self, piece: str) -> list[Hit]:
        """Kept one by one, so that what was paid for before a fault is not paid for again."""
        return self._cache.through([piece], lambda _: [self._ask(piece)])[piece]

    def _ask(self, piece: str) -> list[Hit]:
        try:
            found = self._remote.analyze(_HALF_A_CHARACTER.sub("\ufffd", piece))
            return [Hit(one.start, one.end, ENTITY[one.entity_type], one.score) for one in found]
        except Exception as error:
            # The cause is cut off: it holds the request, which holds the text and the key.
            raise MaskingError(f"masking.azure_language: {self._told(error)}; no text was passed on") from None

    def _told(self, error: Exception) -> str:
        from azure.core.exceptions import HttpResponseError, ServiceRequestError, ServiceResponseError

        assert self._config is not None
        endpoint = self._config.endpoint
        status = error.status_code if isinstance(error, HttpResponseError) else None
        if isinstance(error, _Incomplete):
            return f"{endpoint} {error}"
        if isinstance(error, RecipeError):
            return str(error)
        if status is not None and status >= 300:
            remedy = "it fails for now; run again later" if status >= 500 else "it does not take the request"
            return f"{endpoint} answered {status}: {_REMEDIES.get(status, remedy)}"
        if isinstance(error, ServiceRequestError):
            return f"{endpoint} cannot be reached ({type(error).__name__})"
        if isinstance(error, ServiceResponseError):
            return f"{endpoint} gave no whole answer in time ({type(error).__name__})"
        return f"{endpoint} gave an answer that cannot be read ({type(error).__name__})"

    @cached_property
    def _remote(self) -> "AzureAILanguageRecognizer":
        """Presidio's recognizer, made in each process that asks, by the key of its environment."""
        from azure.ai.textanalytics import TextAnalyticsClient
        from azure.core.credentials import AzureKeyCredential
        from presidio_analyzer.predefined_recognizers import AzureAILanguageRecognizer

        assert self._config is not None
        client = TextAnalyticsClient(
            self._config.endpoint, AzureKeyCredential(_key(self._config)), permit_redirects=False, **PATIENCE
        )
        return AzureAILanguageRecognizer(
            supported_entities=list(ENTITY),
            supported_language=self._config.language,
            ta_client=_WholeAnswers(client),  # type: ignore[arg-type]
        )


class _Incomplete(Exception):
    """An answer that leaves a part of the text unread; its message holds no text."""


class _WholeAnswers:
    """What presidio asks in place of the vendor's client, since it takes a document with an error for an empty one."""

    def __init__(self, client: "TextAnalyticsClient") -> None:
        self._client = client

    def recognize_pii_entities(self, documents: list[str], language: str) -> list[Any]:
        """The vendor's answers, one a document. Raises _Incomplete unless all of each document was read."""
        answers = self._client.recognize_pii_entities(
            documents,
            language=language,
            disable_service_logs=True,
            string_index_type="UnicodeCodePoint",
            retry_on_methods=frozenset({"POST"}),
        )
        for document, answer in zip(documents, answers, strict=True):
            if answer.is_error:
                code = str(answer.error.code)
                raise _Incomplete(f"did not read a text ({code if code in _CODES else 'for a reason of its own'})")
            if any(warning.code == "DocumentTruncated" for warning in answer.warnings):
                raise _Incomplete("read a text in part (DocumentTruncated)")
            for entity in answer.entities:
                named = document[entity.offset : entity.offset + entity.length]
                if named.split() != entity.text.split() or not named or entity.offset < 0:
                    raise _Incomplete("gave a place in a text at which something else stands")
                if not 0 <= entity.confidence_score <= 1:
                    raise _Incomplete("gave a confidence that is not between 0 and 1")
        return answers


def _key(config: AzureLanguage) -> str:
    key = os.environ.get(config.key_env, "").strip()
    if not re.fullmatch(r"[!-~]+", key):
        raise RecipeError(
            f"masking.azure_language: set the environment variable {config.key_env} to a key of {config.endpoint}"
        )
    return key


def _installed() -> None:
    try:
        there = find_spec("azure.ai.textanalytics") is not None
    except ModuleNotFoundError:
        there = False
    if not there:
        raise RecipeError(
            "masking.azure_language: the package of Azure AI Language is not installed here; "
            'pip install "sourcing-pipeline[azure]", or set it to null'
        )


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Start and text of the pieces in which there is something to find; neighbours share a few words."""
    start = 0
    while start < len(text):
        end = len(text)
        if end - start > PIECE_CHARACTERS:
            end = _gap(text, start + PIECE_CHARACTERS)
        if any(map(str.isalnum, text[start:end])):
            yield start, text[start:end]
        start = end if end == len(text) else _gap(text, end - SHARED_CHARACTERS)


def _gap(text: str, at: int) -> int:
    """The end of the last white space before `at`, if there is some not far before it; else `at`."""
    for place in range(at, at - SHARED_CHARACTERS, -1):
        if text[place - 1].isspace():
            return place
    return at
