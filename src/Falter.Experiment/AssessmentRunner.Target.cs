using Falter.Model;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>Starting, restarting and stopping the target of an assessment.</summary>
public sealed partial class AssessmentRunner
{
    private async Task StartAsync(IReadOnlySet<Syscall>? selectable, CancellationToken cancel)
    {
        _journal.BeginPhase(RunPhase.Start);
        _instance = _assessment.Command is { } command
            ? TargetInstance.Launch(command, _folder.PathOf(RunFolderFiles.TargetLog), _monitor, selectable, NoteDeath, () => _journal.Now)
            : TargetInstance.Attach(_assessment.Pids, _monitor, selectable is not null, NoteDeath, () => _journal.Now);
        _journal.Event("target-started", string.Join(", ", _instance.Pids));
        await WaitUntilReadyAsync(cancel);
        _journal.Event("target-ready");
    }

    private void NoteDeath(ProcessDeath death) => _journal.Event("target-died", death.How);

    /// <summary>
    /// A launched target is started anew with a filter for the calls of the models: while it was observed it ran without one, at full speed. A running
    /// target is attached to. Either way the baseline is then taken under the same mechanism as the plans, so that its cost is no deviation.
    /// </summary>
    private async Task RestartForInjectionAsync(IReadOnlyList<ErrorModel> models, CancellationToken cancel)
    {
        await StopAsync();
        await StartAsync(models.Select(m => m.Syscall).ToHashSet(), cancel);
        await WarmUpAsync(cancel);
    }

    /// <returns>What prevents it; null where the target is as it was before the first plan.</returns>
    private async Task<Finding?> TryRestartAsync(IReadOnlyList<ErrorModel> models, bool harmed, CancellationToken cancel)
    {
        if (_assessment.Command is null && harmed)
        {
            // The harm that one model has done must not be blamed on the next.
            return _instance!.Death is { } death
                ? Finding.Blocks("target-gone", $"The target died ({death.How}) and was not launched by Falter, so the remaining models were not run.")
                : Finding.Blocks("target-not-restored", "The target did not come back to the baseline and was not launched by Falter, so the remaining models were not run.");
        }
        try
        {
            await RestartForInjectionAsync(models, cancel);
            return null;
        }
        catch (FalterException e)
        {
            return Finding.Blocks("restart-failed", $"The target did not become healthy again after a restart, so the remaining models were not run: {e.Findings[0].Message}");
        }
    }

    private async Task WaitUntilReadyAsync(CancellationToken cancel)
    {
        double deadline = _journal.Now + _assessment.ReadyTimeout.TotalSeconds;
        while (true)
        {
            ThrowIfDead("before it was ready");
            var probes = new List<(ICheck Check, ProbeResult Result)>();
            foreach (ICheck check in _assessment.Checks) probes.Add((check, await check.ProbeAsync(cancel)));
            if (probes.TrueForAll(p => p.Result.Passed)) return;
            if (_journal.Now > deadline)
            {
                throw new FalterException(
                [
                    .. probes.Where(p => !p.Result.Passed).Select(p => Finding.Refusal("check-never-healthy",
                        $"--check {p.Check.Name}: not healthy within {Durations.Format(_assessment.ReadyTimeout)}; last answer: {p.Result.Detail}. Try it by hand, or raise --ready-timeout{LogTail()}")),
                ], ExitCode.Usage);
            }
            await _instance!.StayAliveAsync(TimeSpan.FromMilliseconds(50), cancel);
        }
    }

    /// <summary>Waits; a target that dies meanwhile, with nothing injected, ends the run.</summary>
    private async Task StayAliveAsync(TimeSpan duration, string when, CancellationToken cancel)
    {
        await _instance!.StayAliveAsync(duration, cancel);
        ThrowIfDead(when);
    }

    private void ThrowIfDead(string when)
    {
        if (_instance!.Death is { } death)
        {
            throw FalterException.Usage("target-exited", $"the target ended ({death.How}) {when}, with nothing injected; it must run in the foreground until it is stopped{LogTail()}");
        }
    }

    private string LogTail()
    {
        string path = _folder.PathOf(RunFolderFiles.TargetLog);
        if (!File.Exists(path)) return "";
        string[] last = [.. File.ReadLines(path).Where(l => l.Length > 0).TakeLast(3)];
        return last.Length == 0 ? "" : $". It wrote:{string.Concat(last.Select(l => $"{Environment.NewLine}    {l}"))}";
    }

    private async Task StopAsync()
    {
        if (_instance is not { } instance) return;
        _instance = null;
        await instance.DisposeAsync();
        // Children that ended with it did so on purpose.
        _monitor.TakeEnds();
        _journal.Event("target-stopped");
    }
}
