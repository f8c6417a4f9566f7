using Falter.Linux.Interop;
using Falter.Linux.Seccomp;
using Falter.Records;

namespace Falter.Linux.Undo;

/// <summary>The process that carries a journal out when its owner is gone. It does nothing while the owner lives.</summary>
public static class UndoKeeper
{
    /// <summary>The option of the hidden verb that names the journal.</summary>
    public const string JournalOption = "--undo";

    // Where the keeper finds what it inherits.
    internal const int JournalNumber = 3, LifelineNumber = 4, ReadyNumber = 5;

    // What fails may be waiting for something that is still ending.
    private const int Rounds = 3;
    private static readonly TimeSpan s_betweenRounds = TimeSpan.FromMilliseconds(100);

    // How soon the end of processes is noticed that a step waits for; a look takes some microseconds.
    private static readonly TimeSpan s_betweenLooks = TimeSpan.FromMilliseconds(200);

    internal static KeeperStart Start(KeeperProgram program, JournalFile file) =>
        KeeperStart.Of(program, [JournalOption, file.Path], [(file.Descriptor.Number, JournalNumber)], LifelineNumber, ReadyNumber);

    /// <summary>The keeper's whole life, in its own process. Returns when its owner has ended and all is undone, or cannot be.</summary>
    /// <exception cref="FalterException"><c>bad-option</c>: it was not started by Falter.</exception>
    public static void Run(string journal)
    {
        if (Inode.Of(journal) is not { } inode || Inode.Of($"/proc/self/fd/{JournalNumber}") != inode)
        {
            throw FalterException.Usage("bad-option", $"{KeeperProgram.Verb} {JournalOption} is started by Falter itself, never by hand");
        }
        using JournalFile file = JournalFile.Inherited(journal, JournalNumber);
        using var lifeline = new Descriptor(LifelineNumber);
        WarmUp();
        KeeperStart.TellReady(ReadyNumber);
        WaitForOwnersEnd(lifeline);
        UndoAll(file);
        if (!IsInUse(file)) return;
        while (IsInUse(file)) Thread.Sleep(s_betweenLooks);
        UndoAll(file);
    }

    private static void UndoAll(JournalFile file)
    {
        for (int round = 1; !TryUndo(file) && round < Rounds; round++) Thread.Sleep(s_betweenRounds);
    }

    private static bool IsInUse(JournalFile file) => file.Read().Left.Any(l => l.Step.IsInUse);

    /// <summary>
    /// Reads a line as it will have to: compiling that code takes a good part of the second in which everything must be undone, on a machine that is
    /// busy with what its owner did.
    /// </summary>
    private static void WarmUp()
    {
        UndoStep step = new RemoveGroup("/", "/", [new MovedProcess(1, 0, "/")]);
        _ = JournalContent.Of(System.Text.Encoding.UTF8.GetString(new JournalLine(1, step).Bytes)).Left.Count(l => l.Step.ByHand.Length == 0);
        // A start that no process has: nothing is signalled.
        new ContinueProcess(Environment.ProcessId, StartTicks: -1, "").Undo();
    }

    private static void WaitForOwnersEnd(Descriptor lifeline)
    {
        while (pollfd_t.Poll([pollfd_t.For(lifeline, Libc.POLLIN)], -1) == 0) { }
    }

    /// <summary>Undoes what is left and removes the file.</summary>
    /// <returns>False where something is in use, or could not be undone and is left for <c>falter clean</c>.</returns>
    private static bool TryUndo(JournalFile file)
    {
        JournalContent content = file.Read();
        bool all = content.Unreadable.Count == 0;
        foreach ((int id, UndoStep step) in content.Left.Reverse())
        {
            try
            {
                if (step.IsInUse)
                {
                    all = false;
                    continue;
                }
                step.Undo();
                file.Note(id);
            }
#pragma warning disable CA1031 // One step that fails, in whatever way, must not keep the others from being undone. It stays in the file.
            catch (Exception)
#pragma warning restore CA1031
            {
                all = false;
            }
        }
        if (all) file.Delete();
        return all;
    }
}
