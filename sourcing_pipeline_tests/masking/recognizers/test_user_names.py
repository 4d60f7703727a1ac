import pytest

from sourcing_pipeline.masking import Masking
from sourcing_pipeline.masking.recognizers import user_names
from sourcing_pipeline_tests.masking.recognizers.cases import check

CASES = [
    "thanks ⟦@octo_cat⟧, fixed",
    "⟦@maria⟧ please look at this",
    "⟦@John⟧: thanks a lot",
    "ping ⟦@maria.lopez⟧ and ⟦@j-doe⟧.",
    "x = 3 works, thanks ⟦@octo_cat⟧",
    "Username: ⟦maria_l99⟧, password lost",
    "my username is ⟦marial⟧",
    "my user name is ⟦maria.lopez⟧.",
    "my handle is ⟦octocat⟧",
    "login: ⟦jdoe42⟧",
    "Benutzername: ⟦mmueller⟧",
    "mein Benutzername lautet ⟦mmueller⟧",
    "pseudo : ⟦choupette⟧",
    "mon identifiant est ⟦dupont75⟧",
    "nombre de usuario: ⟦lucia_g⟧",
    "nome utente: ⟦mrossi⟧",
    "gebruikersnaam: ⟦jdevries⟧",
    "o meu nome de utilizador é ⟦jsilva⟧",
    "GitHub: ⟦octocat⟧",
    "logged in as ⟦jdoe42⟧",
    "user ⟦jdoe42⟧ cannot log in",
    "posted by u/⟦some_redditor⟧ there",
    "/home/⟦maria⟧/project/x.py",
    'File "/Users/⟦maria.lopez⟧/code/app.py", line 3',
    "C:\\Users\\⟦Maria Lopez⟧\\Documents\\x.txt and C:\\\\Users\\\\⟦mlopez⟧\\\\x",
    "PATH=/usr/bin:/home/⟦maria⟧/bin",
    "⟦maria⟧@laptop:~$ ls",
    '{"user": "⟦maria_l⟧", "username": "⟦mlopez⟧"}',
    "/home/runner/work, /home/ubuntu/x, C:\\Users\\Public\\x and /Users/Shared",
    "https://example.com/home/settings and GET /Users/2819c223-7f76-453a-919d-413861904646",
    "/home/<user>/x /home/$USER/x",
    "@Override",
    "@property\ndef f(self): ...",
    "@media (max-width: 3px)",
    "@param name the name",
    "@here please, @channel and @everyone",
    "npm i @types/node @babel/core",
    "use the @example.com address or maria@example.com",
    "git@github.com:org/repo and root@server:~#",
    "P@ssw0rd is bad",
    "the username is wrong, my username is not working, my login is broken",
    "username: required",
    "User name is the full address",
    "user: Can you help me",
    "Login: please use your e-mail",
    "Usuario: hola, necesito ayuda",
    "account 2FA and account set-up e.g. this",
    "speed 300 u/min",
    "SELECT * FROM t WHERE id = @CustomerId",
    "use `@octo_cat` or ```\n@octo_cat x\n```",
    "meet @noon @ 5pm",
]


@pytest.mark.parametrize("marked", CASES)
def test_finds_user_names_and_nothing_else(marked: str) -> None:
    check(user_names.build(Masking()), marked)
