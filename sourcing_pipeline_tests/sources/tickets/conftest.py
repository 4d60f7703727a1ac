from sourcing_pipeline_tests.postgres import postgres

__all__ = ["postgres"]
