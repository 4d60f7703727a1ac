"""Programming and markup languages by the suffix or name of a file."""

from collections.abc import Iterable
from pathlib import PurePosixPath

_BY_SUFFIX = {
    suffix: language
    for language, suffixes in {
        "c": ".c .h",
        "c#": ".cs",
        "c++": ".cc .cpp .cxx .hh .hpp .hxx",
        "clojure": ".clj .cljs",
        "css": ".css .less .sass .scss",
        "dart": ".dart",
        "elixir": ".ex .exs",
        "erlang": ".erl",
        "f#": ".fs .fsx",
        "go": ".go",
        "groovy": ".gradle .groovy",
        "haskell": ".hs",
        "html": ".htm .html",
        "java": ".java",
        "javascript": ".cjs .js .jsx .mjs",
        "json": ".json",
        "julia": ".jl",
        "kotlin": ".kt .kts",
        "lua": ".lua",
        "markdown": ".md .markdown",
        "nix": ".nix",
        "objective-c": ".m .mm",
        "ocaml": ".ml .mli",
        "perl": ".pl .pm",
        "php": ".php",
        "powershell": ".ps1 .psm1",
        "protobuf": ".proto",
        "python": ".py .pyi .pyx",
        "r": ".r",
        "restructuredtext": ".rst",
        "ruby": ".rb",
        "rust": ".rs",
        "scala": ".scala",
        "shell": ".bash .sh .zsh",
        "sql": ".sql",
        "svelte": ".svelte",
        "swift": ".swift",
        "terraform": ".tf .tfvars",
        "toml": ".toml",
        "typescript": ".cts .mts .ts .tsx",
        "vue": ".vue",
        "xml": ".xml",
        "yaml": ".yaml .yml",
        "zig": ".zig",
    }.items()
    for suffix in suffixes.split()
}
_BY_NAME = {"dockerfile": "dockerfile", "makefile": "makefile", "cmakelists.txt": "cmake", "rakefile": "ruby"}


def languages(paths: Iterable[str]) -> list[str]:
    """The languages of `paths`, each once, sorted; files of unknown suffix have none."""
    files = [PurePosixPath(path.lower()) for path in paths]
    found = {_BY_NAME.get(file.name) or _BY_SUFFIX.get(file.suffix) for file in files}
    return sorted(language for language in found if language)
