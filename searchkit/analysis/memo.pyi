from searchkit.analysis.snowball import Snowball

class Memo:
    def __new__(cls, plain: bool = False, stemmer: Snowball | None = None) -> Memo: ...
