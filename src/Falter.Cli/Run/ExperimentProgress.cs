using Falter.Experiment;
using Falter.Records;

namespace Falter.Cli;

/// <summary>Progress of a run on stderr: a line per phase, and per turn the time that all turns still take; on a terminal the running phase's line shows its own remaining time.</summary>
internal sealed class ExperimentProgress : IDisposable
{
    private readonly ExperimentDefinition _definition;
    private readonly TextWriter _out;
    private readonly bool _live;
    private readonly Timer? _tick;
    private readonly Lock _lock = new();
    private readonly TurnClock _clock;
    private IReadOnlyList<FaultPlan> _plans = [];
    private string _running = "", _turn = "";
    private DateTime _phaseEnds;
    private long _injected;

    public ExperimentProgress(ExperimentDefinition definition, TextWriter output, bool live)
    {
        _definition = definition;
        _out = output;
        _live = live;
        _clock = new TurnClock(ExperimentText.Turn(definition));
        if (live) _tick = new Timer(_ => Redraw(ended: false), null, 500, 500);
    }

    public void PlansMade(IReadOnlyList<FaultPlan> plans)
    {
        lock (_lock)
        {
            _plans = plans;
            EndLine();
            foreach (FaultPlan plan in plans.Where(p => p.Model is not null))
            {
                ErrorModel model = plan.Model!;
                _out.WriteLine($"         model {plan.Name}: natural {Shares.Format(model.Natural.OverallRate())}, inject {Shares.Format(model.InjectedRate)}{(model.Weak ? ", weak" : "")}");
            }
        }
    }

    public void TurnBegins(Turn turn, int finished, int all)
    {
        lock (_lock)
        {
            EndLine();
            _clock.Begin(DateTime.UtcNow);
            FaultPlan plan = _plans[turn.Plan];
            string which = turn.RateFactor != 1 ? $", search for its threshold at {Shares.Format(Math.Min(1, (PlanRates.Of(plan) ?? 1) * turn.RateFactor))}" : _definition.Repetitions > 1 ? $", run {turn.Repetition + 1} of {_definition.Repetitions}" : "";
            _turn = $" {finished + 1}/{Math.Max(all, finished + 1)} {plan.Name}";
            _out.WriteLine($"         plan{_turn}{which}; {Durations.Format(TimeSpan.FromSeconds(Math.Round(_clock.Left(all - finished).TotalSeconds)))} left for all");
        }
    }

    public void Happened(RunEvent happened)
    {
        lock (_lock)
        {
            switch (happened.Kind)
            {
                case "phase":
                    EndLine();
                    (string text, TimeSpan length) = Describe(happened);
                    _running = $"{happened.AtSeconds,6:F1} s {text}";
                    _phaseEnds = DateTime.UtcNow + length;
                    _injected = 0;
                    if (!_live) _out.WriteLine(_running);
                    break;
                case "injected":
                    _injected += happened.Value ?? 0;
                    break;
                case "target-died" or "target-restarted" or "child-died":
                    EndLine();
                    _out.WriteLine($"{happened.AtSeconds,6:F1} s {happened.Kind switch { "target-died" => "the target died", "target-restarted" => "started again", _ => "a process of the target died" }}: {happened.Text}");
                    break;
                case "finding" when happened.Value is { } level && level >= (long)FindingLevel.Blocks:
                    EndLine();
                    _out.WriteLine($"{happened.AtSeconds,6:F1} s {happened.Text}");
                    break;
            }
        }
    }

    public void Dispose()
    {
        _tick?.Dispose();
        lock (_lock) EndLine();
    }

    private (string Text, TimeSpan Length) Describe(RunEvent phase) => phase.Phase switch
    {
        RunPhase.Start => ("start the target and wait until it is healthy", TimeSpan.Zero),
        RunPhase.WarmUp => ("warm up", _definition.Phases.WarmUp),
        RunPhase.Observe => ("observe natural errors", _definition.Phases.Observe),
        RunPhase.Baseline => ("baseline", _definition.Phases.Baseline),
        RunPhase.Inject => ($"inject{_turn}", _definition.Phases.Inject),
        RunPhase.Recover => ($"recover{_turn}", _definition.Phases.Recover),
        RunPhase.Inspect => ($"inspect{_turn}", ExperimentText.Inspection(_definition)),
        _ => ("stop", TimeSpan.Zero),
    };

    private void Redraw(bool ended)
    {
        lock (_lock)
        {
            if (_running.Length == 0) return;
            TimeSpan left = _phaseEnds - DateTime.UtcNow;
            string line = _running + (_injected > 0 ? $", {_injected} injected" : "") + (!ended && left > TimeSpan.Zero ? $", {left.TotalSeconds:F0} s left" : "");
            _out.Write($"\r{line[..Math.Min(line.Length, Math.Max(20, Console.WindowWidth - 1))]}\e[K");
        }
    }

    private void EndLine()
    {
        if (!_live || _running.Length == 0) return;
        Redraw(ended: true);
        _out.WriteLine();
        _running = "";
    }
}
