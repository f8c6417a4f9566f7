using Falter.Records;

namespace Falter.Linux.Undo;

/// <summary>All journals at one moment.</summary>
internal sealed class Journals
{
    private readonly List<string> _texts = [];
    private readonly List<(string Path, JournalContent Content)> _dead = [];

    private Journals() { }

    /// <summary>Reads all journals; one that vanishes meanwhile was undone.</summary>
    public static Journals Read()
    {
        var journals = new Journals();
        foreach (string path in JournalFile.All())
        {
            using JournalFile? file = JournalFile.Open(path);
            if (file is null) continue;
            bool dead = file.TryLock();
            string text = file.Text();
            journals._texts.Add(text);
            if (dead) journals._dead.Add((path, JournalContent.Of(text)));
        }
        return journals;
    }

    /// <summary>Whether any journal, living or not, names this.</summary>
    public bool Name(string name) => _texts.Exists(t => t.Contains(name, StringComparison.Ordinal));

    /// <summary>What journals without owner and keeper want undone, the last step first, and then these files themselves.</summary>
    /// <param name="owner">The mark of the Falter whose journals are meant; empty: all.</param>
    public IEnumerable<Leftover> Dead(string owner = "") => _dead.Where(d => Path.GetFileName(d.Path).StartsWith(owner, StringComparison.Ordinal)).SelectMany(OfJournal);

    private static IEnumerable<Leftover> OfJournal((string Path, JournalContent Content) journal)
    {
        foreach ((int id, UndoStep step) in journal.Content.Left.Reverse())
        {
            if (step.IsNeeded) yield return new Leftover("step", step.Effect, step.ByHand, () => Undo(journal.Path, id, step));
        }
        IReadOnlyList<int> unreadable = journal.Content.Unreadable;
        yield return unreadable.Count == 0
            ? new Leftover("journal", $"{journal.Path} has no owner and no keeper any more", $"rm {journal.Path}", () => Delete(journal.Path))
            : new Leftover("journal", $"{journal.Path} has lines that cannot be understood: {string.Join(", ", unreadable)}", $"read {journal.Path}, undo what these lines name, and remove it",
                () => throw FalterException.Cannot("journal-unreadable", $"lines {string.Join(", ", unreadable)} cannot be understood, so it is not known what they want undone"));
    }

    private static void Undo(string path, int id, UndoStep step)
    {
        step.Undo();
        using JournalFile? file = JournalFile.Open(path);
        file?.Note(id);
    }

    /// <summary>Only when all its steps are undone: one that failed is tried again by the next <c>falter clean</c>.</summary>
    private static void Delete(string path)
    {
        using JournalFile? file = JournalFile.Open(path);
        if (file is null) return;
        if (!file.TryLock()) throw FalterException.Cannot("undo-failed", "another falter clean is at work on it");
        int left = file.Read().Left.Count(l => l.Step.IsNeeded);
        if (left > 0) throw FalterException.Cannot("undo-failed", $"{left} of its steps could not be undone");
        file.Delete();
    }
}
