"""The search: all that grids list, then as many draws from the spaces as the budget allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from ml.contract.candidates import Candidate, Parameter, Search, Span
from ml.contract.names import Score
from ml.core.selection.configurations import configurations, configured
from ml.core.selection.trials import Trial

if TYPE_CHECKING:
    import optuna

#: Draws go on while they are among this share, in percent, of all that was tried so far.
_KEPT_PERCENT = 25.0

Attempt = Callable[[Candidate, Callable[[Trial], bool]], Trial]


def search(
    candidates: Sequence[Candidate],
    attempt: Attempt,
    *,
    budget: Search,
    score: Score,
    seed: int = 0,
) -> Iterator[Trial]:
    """Try configurations, one at a time.

    What grids list is tried on all folds. Draws come from Optuna's tree-structured Parzen
    estimator over the families' spaces (Bergstra et al., NeurIPS 2011), which has seen the
    listed ones; a draw that is not among the best quarter after some fold is given up.

    Parameters
    ----------
    candidates : sequence of Candidate
        The families.
    attempt : callable
        Judges a configuration; it asks its second argument after each fold whether to give up.
    budget : Search
        How many configurations.
    score : Score
        What to search by.
    seed : int, default=0
        Same seed, same draws.

    Yields
    ------
    Trial
        Listed configurations in their order, then draws.
    """
    listed = [(of, one) for of in candidates for one in configurations(of)]
    families = {str(of.estimator): of for of in candidates if of.space}
    draws = budget.trials - len(listed) if families else 0
    study = _study(score, seed, len(listed))
    for of, one in listed:
        trial = attempt(one, lambda _: False)
        yield trial
        if of.space:
            _teach(study, trial, families, score)
    for _ in range(draws):
        yield _draw(study, families, attempt, score)


def _study(score: Score, seed: int, listed: int) -> optuna.Study:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna.create_study(
        direction="minimize" if score.lower_is_better else "maximize",
        sampler=optuna.samplers.TPESampler(seed=seed, n_startup_trials=listed),
        pruner=optuna.pruners.PercentilePruner(_KEPT_PERCENT, n_startup_trials=1),
    )


def _teach(study: optuna.Study, trial: Trial, families: dict[str, Candidate], score: Score) -> None:
    """Let the sampler and the pruner know what a listed configuration is worth."""
    from optuna.distributions import CategoricalDistribution
    from optuna.trial import create_trial

    figures = trial.on_folds(score)
    known = create_trial(
        params={_FAMILY: str(trial.candidate.estimator)},
        distributions={_FAMILY: CategoricalDistribution(list(families))},
        value=float(figures.mean()),
        intermediate_values={at: float(figures[: at + 1].mean()) for at in range(trial.folds)},
    )
    study.add_trial(known)


_FAMILY = "family"


def _draw(
    study: optuna.Study, families: dict[str, Candidate], attempt: Attempt, score: Score
) -> Trial:
    from optuna.trial import TrialState

    drawn = study.ask()
    family = drawn.suggest_categorical(_FAMILY, list(families))
    of = families[str(family)]
    params = {name: _suggest(drawn, f"{family} {name}", among) for name, among in of.space}

    def give_up(so_far: Trial) -> bool:
        drawn.report(so_far.figures[score], so_far.folds - 1)
        return drawn.should_prune()

    trial = attempt(configured(of, params), give_up)
    if trial.finished:
        study.tell(drawn, trial.figures[score])
    else:
        study.tell(drawn, state=TrialState.PRUNED)
    return trial


def _suggest(drawn: optuna.Trial, name: str, among: Span | tuple[Parameter, ...]) -> Parameter:
    if not isinstance(among, Span):
        chosen: Parameter = drawn.suggest_categorical(name, list(among))
        return chosen
    if among.whole:
        return drawn.suggest_int(name, int(among.low), int(among.high), log=among.log)
    return drawn.suggest_float(name, among.low, among.high, log=among.log)
