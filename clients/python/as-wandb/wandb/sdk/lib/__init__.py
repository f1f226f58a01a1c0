"""The class of a run that reports nothing: here it is a Run like any other, so nothing is one of these."""


class RunDisabled:
    pass
