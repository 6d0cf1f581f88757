from typing import final

from searchkit.query.automaton import Automaton

@final
class States:
    def __new__(cls, automaton: Automaton) -> States: ...
