"""Approved pull requests, from GitHub or from local git repositories."""

from sourcing_pipeline.sources.pull_requests.pull_requests import PullRequests

__all__ = ["PullRequests"]
