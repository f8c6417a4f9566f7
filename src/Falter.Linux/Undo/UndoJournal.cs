using Falter.Linux.Features;
using Falter.Linux.Seccomp;
using Falter.Records;

namespace Falter.Linux.Undo;

/// <summary>
/// What must be undone although Falter dies. Each step is on the disk before the thing that it takes back is done; a keeper process undoes all of
/// them, the last one first, when this process ends without having done so.
/// </summary>
public sealed class UndoJournal : IDisposable
{
    private static readonly TimeSpan s_keeperLimit = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly JournalFile _file;
    private readonly KeeperStart _keeper;
    private readonly List<(int Id, UndoStep Step)> _left = [];
    private int _lastId;
    private bool _disposed;

    private UndoJournal(JournalFile file, KeeperStart keeper)
    {
        _file = file;
        _keeper = keeper;
    }

    /// <summary>The journal's file.</summary>
    public string Path => _file.Path;

    /// <summary>The keeper's process number.</summary>
    public int KeeperPid => _keeper.Pid;

    /// <summary>The steps that are not undone yet, in the order in which they were written.</summary>
    public IReadOnlyList<UndoStep> Left
    {
        get
        {
            lock (_lock) return [.. _left.Select(l => l.Step)];
        }
    }

    /// <summary>Makes a journal and starts its keeper.</summary>
    /// <exception cref="FalterException"><c>not-root</c>, <c>journal-not-writable</c>, or <c>prerequisite-missing</c>: the keeper did not start.</exception>
    public static UndoJournal Open(KeeperProgram program)
    {
        FeatureCatalogue.Root.Require();
        JournalFile file = JournalFile.Create();
        try
        {
            return new UndoJournal(file, UndoKeeper.Start(program, file));
        }
        catch
        {
            file.Delete();
            file.Dispose();
            throw;
        }
    }

    /// <summary>Writes a step down. What it takes back must not be done before this returns.</summary>
    /// <exception cref="FalterException"><c>journal-not-writable</c>: it is not written, so nothing may be done.</exception>
    public void Add(UndoStep step)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _file.Append(new JournalLine(_lastId + 1, step));
            _left.Add((++_lastId, step));
        }
    }

    /// <summary>Undoes one step now, and notes it.</summary>
    /// <exception cref="LinuxException">The kernel refuses; the step stays in the journal.</exception>
    public void Undo(UndoStep step)
    {
        step.Undo();
        Undone(step);
    }

    /// <summary>Notes that a step was undone, or that what it takes back is gone for good.</summary>
    /// <param name="step">The very object that was added.</param>
    public void Undone(UndoStep step)
    {
        lock (_lock)
        {
            int at = _left.FindLastIndex(l => ReferenceEquals(l.Step, step));
            if (at < 0 || _disposed) return;
            _file.Note(_left[at].Id);
            _left.RemoveAt(at);
        }
    }

    /// <summary>Undoes all that is left, the last first.</summary>
    /// <returns>What could not be undone (<c>undo-failed</c>); those steps stay in the journal.</returns>
    public IReadOnlyList<Finding> UndoAll()
    {
        var failures = new List<Finding>();
        foreach (UndoStep step in Left.Reverse())
        {
            try
            {
                Undo(step);
            }
            catch (Exception e) when (e is LinuxException or FalterException or IOException or UnauthorizedAccessException)
            {
                failures.Add(Finding.Limits("undo-failed", $"{step.Effect}, and that could not be undone: {e.Message}; by hand: {step.ByHand}"));
            }
        }
        return failures;
    }

    /// <summary>Undoes all that is left, removes the file and ends the keeper. What cannot be undone here the keeper tries again, and it stays in the file for <c>falter clean</c>.</summary>
    public void Dispose()
    {
        bool clean = UndoAll().Count == 0;
        lock (_lock)
        {
            if (_disposed) return;
            _disposed = true;
        }
        if (clean) _file.Delete();
        _keeper.Lifeline.Dispose();
        _file.Dispose();
        // It has nothing to do any more, or one thing that failed before. Its exit status does not matter.
        _ = Task.WhenAny(_keeper.Exited, Task.Delay(s_keeperLimit)).GetAwaiter().GetResult();
    }
}
