using Falter.Experiment;
using Falter.Records;

namespace Falter.Cli;

/// <summary>Progress of an assessment on stderr: a line per phase; on a terminal the running phase's line shows the remaining time.</summary>
internal sealed class AssessmentProgress : IDisposable
{
    private readonly Assessment _assessment;
    private readonly TextWriter _out;
    private readonly bool _live;
    private readonly Timer? _tick;
    private readonly Lock _lock = new();
    private IReadOnlyList<ErrorModel> _models = [];
    private string _running = "";
    private DateTime _phaseEnds;
    private long _injected;

    public AssessmentProgress(Assessment assessment, TextWriter output, bool live)
    {
        _assessment = assessment;
        _out = output;
        _live = live;
        if (live) _tick = new Timer(_ => Redraw(ended: false), null, 500, 500);
    }

    public void Chosen(IReadOnlyList<ErrorModel> models)
    {
        lock (_lock)
        {
            _models = models;
            EndLine();
            foreach (ErrorModel model in models)
            {
                _out.WriteLine($"         model {model.Name}: natural {Shares.Format(model.Natural.OverallRate())}, inject {Shares.Format(model.InjectedRate)}{(model.Weak ? ", weak" : "")}");
            }
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
                case "target-died" or "child-died":
                    EndLine();
                    _out.WriteLine($"{happened.AtSeconds,6:F1} s {(happened.Kind == "target-died" ? "the target died" : "a process of the target died")}: {happened.Text}");
                    break;
            }
        }
    }

    public void Dispose()
    {
        _tick?.Dispose();
        lock (_lock) EndLine();
    }

    private (string Text, TimeSpan Length) Describe(RunEvent phase)
    {
        string model = phase.Plan is { } plan && plan < _models.Count ? $" {plan + 1}/{_models.Count} {_models[plan].Name}" : "";
        return phase.Phase switch
        {
            RunPhase.Start => ("start the target and wait until it is healthy", TimeSpan.Zero),
            RunPhase.WarmUp => ("warm up", _assessment.WarmUp),
            RunPhase.Observe => ("observe natural errors", _assessment.Observe),
            RunPhase.Baseline => ("baseline", _assessment.Baseline),
            RunPhase.Inject => ($"inject{model}{(phase.Plan is { } n && n < _models.Count ? $" at {Shares.Format(_models[n].InjectedRate)}" : "")}", _assessment.Inject),
            RunPhase.Recover => ($"recover{model}", _assessment.Recover),
            RunPhase.Inspect => ($"inspect{model}", TimeSpan.FromSeconds(2)),
            _ => ("stop", TimeSpan.Zero),
        };
    }

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
