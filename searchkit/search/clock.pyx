"""When a query has to end: deadlines that programs are given."""


def deadline_after(double seconds):
    """The deadline, for ``Program.deadline``, that many seconds from now (0 up)."""
    if not seconds < 1e9:
        return 0
    return sk_now() + max(<int64_t>(seconds * 1e9), 0)


def has_passed(int64_t deadline):
    """Whether a deadline has come; never where it is 0."""
    return deadline != 0 and sk_now() >= deadline
