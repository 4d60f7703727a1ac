"""The sensor that fetches verdicts from Label Studio while people are giving them."""

from datetime import datetime

import dagster as dg

from sourcing_pipeline.defs.resources import Project
from sourcing_pipeline.defs.verdicts import landing
from sourcing_pipeline.errors import InputError, TryAgain
from sourcing_pipeline.review.config import LabelStudioBackend

IMPORT_JOB = "import_verdicts"
SENSOR = "new_verdicts"


def definitions(project: Project) -> dg.Definitions:
    """The job that makes the verdicts anew, and its sensor; nothing where people judge in files."""
    backend = project.recipe.review.backend
    if not isinstance(backend, LabelStudioBackend):
        return dg.Definitions()
    job = dg.define_asset_job(
        IMPORT_JOB,
        selection=dg.AssetSelection.assets("verdicts", "scorecard"),
        description="Imports what people said in Label Studio, checks the error rates anew, and scores the sources.",
        tags={"dagster/max_retries": "0"},  # A source that fails its check fails it again.
    )
    return dg.Definitions(jobs=[job], sensors=[_sensor(project, backend)])


def _sensor(project: Project, backend: LabelStudioBackend) -> dg.SensorDefinition:
    @dg.sensor(
        name=SENSOR,
        job_name=IMPORT_JOB,
        minimum_interval_seconds=backend.ask_seconds,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Asks Label Studio whether anybody answered since, and imports the verdicts if so.",
    )
    def new_verdicts(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        from sourcing_pipeline.label_studio import Server
        from sourcing_pipeline.review.label_studio import news

        imported = landing(project).cursor(backend.url)
        seen = datetime.fromisoformat(context.cursor) if context.cursor else None
        since = max((moment for moment in (imported, seen) if moment), default=None)
        try:
            with Server(backend.url, backend.key_variable) as server:
                found = news(server, backend, since)
        except (InputError, TryAgain) as error:
            return dg.SkipReason(f"{error} The verdicts are those imported so far.")
        cursor = found.until.isoformat() if found.until else None
        if not found.answered:
            return dg.SensorResult(skip_reason=dg.SkipReason("nobody has answered since"), cursor=cursor)
        return dg.SensorResult(run_requests=[dg.RunRequest(run_key=cursor)], cursor=cursor)

    return new_verdicts
