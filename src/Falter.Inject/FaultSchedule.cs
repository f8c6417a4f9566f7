using System.Diagnostics;
using Falter.Linux.Undo;
using Falter.Records;

namespace Falter.Inject;

/// <summary>What came of a fault.</summary>
/// <param name="Fault">The fault.</param>
/// <param name="Mechanism">How it was done; null where it was never armed.</param>
/// <param name="Injected">What it did, where that can be counted.</param>
/// <param name="Findings">What should be known of how it went.</param>
public sealed record FaultOutcome(Fault Fault, string? Mechanism, long Injected, IReadOnlyList<Finding> Findings);

/// <summary>
/// The faults of a plan that are no system call rules: each begins at its time and ends at its own or with the plan. Disposing undoes what is in force, the last first.
/// </summary>
public sealed class FaultSchedule : IAsyncDisposable
{
    private readonly FaultTargets _targets;
    private readonly UndoJournal _journal;
    private readonly ulong _seed;
    private readonly Entry[] _entries;
    private readonly CancellationTokenSource _ended = new();
    private Task _running = Task.CompletedTask;
    private bool _disposed;

    private FaultSchedule(IReadOnlyList<Fault> faults, FaultTargets targets, UndoJournal journal, ulong seed)
    {
        (_targets, _journal, _seed) = (targets, journal, seed);
        _entries = [.. faults.Select(f => new Entry(f))];
    }

    /// <summary>Why it no longer runs; null while it is well.</summary>
    public Exception? Failure => _running.Exception?.GetBaseException();

    /// <summary>What came of each fault, also after it was undone.</summary>
    public IReadOnlyList<FaultOutcome> Outcomes => [.. _entries.Select(e => new FaultOutcome(e.Fault, e.Armed?.Mechanism, e.Armed?.Injected ?? 0, e.Armed?.Findings ?? []))];

    /// <summary>Arms the faults that begin at once, and the others when it is their time.</summary>
    /// <param name="faults">The faults, none about system calls.</param>
    /// <param name="targets">What they are armed on.</param>
    /// <param name="journal">Where everything that must be undone is written before it is done. Stays the caller's.</param>
    /// <param name="seed">What chance there is depends on it.</param>
    /// <exception cref="FalterException">One of them cannot be armed; nothing is armed then.</exception>
    public static async Task<FaultSchedule> BeginAsync(IReadOnlyList<Fault> faults, FaultTargets targets, UndoJournal journal, ulong seed)
    {
        var schedule = new FaultSchedule(faults, targets, journal, seed);
        try
        {
            foreach (Entry entry in schedule._entries.Where(e => e.Fault.After == TimeSpan.Zero)) await schedule.ArmAsync(entry);
        }
        catch
        {
            await schedule.DisposeAsync();
            throw;
        }
        schedule._running = schedule.RunAsync();
        return schedule;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_disposed) return;
        _disposed = true;
        await _ended.CancelAsync();
        await _running.ContinueWith(_ => { }, TaskScheduler.Default);
        // What could not be undone at its own time is told too: nobody may have looked at Failure since.
        List<Finding> failures = [.. (Failure as FalterException)?.Findings.Where(f => f.Code == "undo-failed") ?? []];
        foreach (Entry entry in _entries.Where(e => e.Armed is not null).OrderByDescending(e => e.Order))
        {
            try
            {
                await entry.EndAsync();
            }
            catch (FalterException e)
            {
                failures.AddRange(e.Findings);
            }
        }
        _ended.Dispose();
        if (failures.Count > 0) throw new FalterException(failures, ExitCode.Broke);
    }

    private async Task RunAsync()
    {
        var watch = Stopwatch.StartNew();
        // Ends before begins of the same moment: one may make room for the other.
        var moments = _entries.Where(e => e.Fault.After > TimeSpan.Zero).Select(e => (At: e.Fault.After, Ends: false, Entry: e))
            .Concat(_entries.Where(e => e.Fault.For is not null).Select(e => (At: e.Fault.After + e.Fault.For!.Value, Ends: true, Entry: e)))
            .OrderBy(m => m.At).ThenByDescending(m => m.Ends);
        foreach ((TimeSpan at, bool ends, Entry entry) in moments)
        {
            TimeSpan left = at - watch.Elapsed;
            if (left > TimeSpan.Zero && !await DelayAsync(left)) return;
            if (ends) await entry.EndAsync();
            else await ArmAsync(entry);
        }
    }

    private async Task<bool> DelayAsync(TimeSpan time)
    {
        await Task.Delay(time, _ended.Token).ContinueWith(_ => { }, TaskScheduler.Default);
        return !_ended.IsCancellationRequested;
    }

    private async Task ArmAsync(Entry entry)
    {
        entry.Armed = await _targets.ArmAsync(entry.Fault, _journal, _seed);
        entry.Order = _entries.Max(e => e.Order) + 1;
    }

    private sealed class Entry(Fault fault)
    {
        private bool _undone;

        public Fault Fault { get; } = fault;
        public IArmedFault? Armed { get; set; }

        /// <summary>The order in which faults were armed, from 1.</summary>
        public int Order { get; set; }

        public async Task EndAsync()
        {
            if (_undone || Armed is null) return;
            _undone = true;
            await Armed.DisposeAsync();
        }
    }
}
