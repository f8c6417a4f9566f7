using System.Diagnostics;
using Falter.Records;

namespace Falter.Experiment;

/// <summary>Waits until roles, and then the whole system, are ready.</summary>
internal sealed class SystemReadiness(SystemInstance system, SystemOptions options)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Waits until a role's own check passes; a role without one is ready when it is started.</summary>
    /// <exception cref="FalterException"><c>check-never-healthy</c>, <c>target-exited</c>.</exception>
    public Task WaitAsync(RunningRole role, CancellationToken cancel) => WaitAsync(role.Definition.Ready is { } ready ? [ready] : [], [role], role.Definition.ReadyTimeout, cancel);

    /// <summary>Waits until the experiment's checks pass, where a role has no check of its own.</summary>
    /// <exception cref="FalterException"><c>check-never-healthy</c>, <c>target-exited</c>.</exception>
    public Task WaitForAllAsync(IReadOnlyList<RunningRole> roles, CancellationToken cancel)
    {
        RunningRole[] waiting = [.. roles.Where(r => r.Definition.Ready is null)];
        return waiting.Length == 0 ? Task.CompletedTask : WaitAsync(options.Checks, waiting, waiting.Max(r => r.Definition.ReadyTimeout), cancel);
    }

    private async Task WaitAsync(IReadOnlyList<CheckDefinition> definitions, IReadOnlyList<RunningRole> roles, TimeSpan timeout, CancellationToken cancel)
    {
        string who = string.Join(", ", roles.Select(r => r.Name));
        ICheck[] checks = [.. definitions.Select(d => options.CheckFor(system, system.Resolve(d)))];
        try
        {
            var watch = Stopwatch.StartNew();
            while (true)
            {
                (ICheck Check, ProbeResult Result)[] failing = await FailingAsync(checks, cancel);
                ThrowIfDead(roles);
                if (failing.Length == 0) break;
                if (watch.Elapsed > timeout)
                {
                    throw new FalterException([.. failing.Select(f => Finding.Refusal("check-never-healthy",
                        $"{who}: check {f.Check.Name} did not pass within {Durations.Format(timeout)}; last answer: {f.Result.Detail}. Try it by hand, or raise ready_timeout{Written(roles)}"))], ExitCode.Usage);
                }
                await system.StayAliveAsync(s_pause, cancel);
            }
        }
        finally
        {
            foreach (ICheck check in checks)
            {
                if (check is IAsyncDisposable session) await session.DisposeAsync();
                else (check as IDisposable)?.Dispose();
            }
        }
        if (definitions.Count > 0) system.Tell("target-ready", who);
    }

    private static async Task<(ICheck, ProbeResult)[]> FailingAsync(ICheck[] checks, CancellationToken cancel)
    {
        ProbeResult[] results = await Task.WhenAll(checks.Select(c => c.ProbeAsync(cancel)));
        return [.. checks.Zip(results).Where(p => !p.Second.Passed)];
    }

    private void ThrowIfDead(IReadOnlyList<RunningRole> roles)
    {
        if (system.Death is not { } death) return;
        throw FalterException.Usage("target-exited", $"{death.Process} ended ({death.How}) before {string.Join(", ", roles.Select(r => r.Name))} was ready, with nothing injected; it must run in the foreground until it is stopped{Written([system.RoleNamed(death.Process)])}");
    }

    /// <summary>The last lines that roles have written.</summary>
    private static string Written(IReadOnlyList<RunningRole> roles)
    {
        var text = new System.Text.StringBuilder();
        foreach (RunningRole role in roles)
        {
            string[] last = role.LogFile is { } file ? LogEnd.Of(file, lines: 3) : [];
            if (last.Length > 0) text.Append($". {role.Name} wrote:{string.Concat(last.Select(l => $"{Environment.NewLine}    {l}"))}");
        }
        return text.ToString();
    }
}
