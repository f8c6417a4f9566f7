using System.Diagnostics;
using System.Globalization;
using Falter.Linux.Interop;
using Falter.Linux.Launch;
using Falter.Linux.Proc;
using Falter.Records;

namespace Falter.Linux.Undo;

/// <summary>
/// What one Falter that was killed has left: the processes that it launched, and what its journals name. Others' are never touched. Falters are told apart by their marks, which journals, names
/// and launched processes bear.
/// </summary>
public static class OwnerRemains
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(20);

    // A keeper that carries a journal out takes a second at most; a process ends a moment after SIGKILL.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(10);

    /// <summary>The mark of this process: its number and when it started.</summary>
    public static string Mark => OwnedName.OfOwner;

    /// <summary>Whether the process of this mark is there.</summary>
    public static bool Lives(string mark)
    {
        string[] parts = mark.Split('-');
        return parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out int pid) &&
            ProcessStat.Read(pid) is { HasEnded: false } process && process.StartTicks.ToString(CultureInfo.InvariantCulture) == parts[1];
    }

    /// <summary>Undoes what is left: waits for a keeper at its work, carries journals out that have none, ends processes (SIGTERM, after the grace SIGKILL).</summary>
    /// <param name="mark">The mark of a Falter that is gone.</param>
    /// <param name="grace">How long processes may take to end by themselves.</param>
    /// <returns>What could not be undone (<c>undo-failed</c>).</returns>
    public static async Task<IReadOnlyList<Finding>> RemoveAsync(string mark, TimeSpan grace)
    {
        if (Lives(mark)) throw new InvalidOperationException($"the Falter {mark} is still there");
        foreach (ProcessStat process in Processes(mark)) ProcessSignal.Send(process.Pid, process.StartTicks, Libc.SIGTERM);
        var asked = Stopwatch.StartNew();
        while (Processes(mark).Count > 0 && asked.Elapsed < grace) await Task.Delay(s_pause);
        bool ended = await UntilAsync(() =>
        {
            IReadOnlyList<ProcessStat> left = Processes(mark);
            foreach (ProcessStat process in left) ProcessSignal.Send(process.Pid, process.StartTicks, Libc.SIGKILL);
            return left.Count == 0;
        });
        // Processes first: a keeper of what they use waits for their end.
        await UntilAsync(() => !Journals(mark).Any(IsKept));
        var findings = new List<Finding>();
        foreach (Leftover leftover in Leftovers.Of(mark))
        {
            if (Leftovers.Remove(leftover) is { } reason) findings.Add(Finding.Limits("undo-failed", $"{leftover.What}, and that could not be undone: {reason}; by hand: {leftover.ByHand}"));
        }
        if (!ended) findings.Add(Finding.Limits("undo-failed", $"processes {string.Join(", ", Processes(mark).Select(p => p.Pid))} of the interrupted run did not end after SIGKILL"));
        return findings;
    }

    private static IEnumerable<string> Journals(string mark) => JournalFile.All().Where(p => Path.GetFileName(p).StartsWith(mark + "-", StringComparison.Ordinal));

    private static bool IsKept(string path)
    {
        using JournalFile? file = JournalFile.Open(path);
        return file is not null && !file.TryLock();
    }

    /// <summary>What it launched and what that started, as far as it lives. Falter's own keepers bear no mark.</summary>
    private static IReadOnlyList<ProcessStat> Processes(string mark) =>
        [.. ProcessTable.All().Where(p => p is { HasEnded: false, IsKernelThread: false } && p.Pid != Environment.ProcessId && ProcessTable.Variable(p.Pid, Launcher.MarkVariable)?.StartsWith(mark + "-", StringComparison.Ordinal) == true)];

    private static async Task<bool> UntilAsync(Func<bool> isSo)
    {
        var watch = Stopwatch.StartNew();
        while (!isSo())
        {
            if (watch.Elapsed > s_limit) return false;
            await Task.Delay(s_pause);
        }
        return true;
    }
}
