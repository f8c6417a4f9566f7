namespace Falter.Linux.Undo;

/// <summary>What a journal says.</summary>
/// <param name="Left">The steps that are not undone yet, in the order in which they were written.</param>
/// <param name="Unreadable">Numbers of the lines that cannot be understood; whatever they asked for is unknown.</param>
/// <param name="IsCutOff">
/// Whether the last line has no end: its writer was killed in the middle of it, hence before it did what the line tells. Such a line is no loss.
/// </param>
internal sealed record JournalContent(IReadOnlyList<(int Id, UndoStep Step)> Left, IReadOnlyList<int> Unreadable, bool IsCutOff)
{
    /// <summary>Reads the text of a journal. Never fails.</summary>
    public static JournalContent Of(string text)
    {
        var left = new List<(int Id, UndoStep Step)>();
        var unreadable = new List<int>();
        string[] lines = text.Split('\n');
        // After the last line end there is nothing, or a line without its end.
        for (int i = 0; i < lines.Length - 1; i++)
        {
            if (JournalLine.Parse(lines[i]) is not { } line) unreadable.Add(i + 1);
            else if (line.Step is { } step) left.Add((line.Id, step));
            else left.RemoveAll(s => s.Id == line.Id);
        }
        return new JournalContent(left, unreadable, lines[^1].Length > 0);
    }
}
