import os

from hypothesis import settings

os.environ["DO_NOT_TRACK"] = "1"
os.environ["HF_HUB_OFFLINE"] = "1"

settings.register_profile("project", deadline=None, max_examples=50)
settings.load_profile("project")
